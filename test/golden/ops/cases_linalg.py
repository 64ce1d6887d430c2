"""Matrix products, contractions, and the linear algebra that is made of them."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("linalg")
raw = tf.raw_ops
NAN, INF = np.nan, np.inf

BFLOAT16 = tf.bfloat16.as_numpy_dtype
FLOATS = [np.float16, BFLOAT16, np.float32, np.float64]
INTS = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64]


def name_of(dtype):
    return np.dtype(dtype).name


def data(shape, dtype=np.float32, seed=0):
    dtype = np.dtype(dtype)
    low, high = (0, 5) if dtype.kind in "ub" else (-3, 4)
    return F.random(shape, dtype, low, high, seed)


# --- MatMul

for dtype in FLOATS + INTS:
    F.case(f"MatMul {name_of(dtype)}", lambda a, b: raw.MatMul(a=a, b=b), a=data([2, 3], dtype), b=data([3, 4], dtype), if_kernel=True, tolerance=2e-2 if dtype is BFLOAT16 else None)
    F.case(f"BatchMatMulV2 {name_of(dtype)}", lambda a, b: raw.BatchMatMulV2(x=a, y=b), a=data([2, 2, 3], dtype), b=data([2, 3, 4], dtype), if_kernel=True, tolerance=2e-2 if dtype is BFLOAT16 else None)
for ta in (False, True):
    for tb in (False, True):
        F.case(
            f"MatMul transposed {ta}, {tb}", lambda a, b, ta=ta, tb=tb: raw.MatMul(a=a, b=b, transpose_a=ta, transpose_b=tb),
            a=data([3, 2] if ta else [2, 3]), b=data([4, 3] if tb else [3, 4]),
        )  # fmt: skip
        F.case(
            f"BatchMatMulV2 adjoint {ta}, {tb}", lambda a, b, ta=ta, tb=tb: raw.BatchMatMulV2(x=a, y=b, adj_x=ta, adj_y=tb),
            a=data([2, 3, 2] if ta else [2, 2, 3]), b=data([4, 3] if tb else [3, 4]),
        )  # fmt: skip
        F.case(
            f"BatchMatMul adjoint {ta}, {tb}", lambda a, b, ta=ta, tb=tb: raw.BatchMatMul(x=a, y=b, adj_x=ta, adj_y=tb),
            a=data([2, 3, 2] if ta else [2, 2, 3]), b=data([2, 4, 3] if tb else [2, 3, 4]),
        )  # fmt: skip
F.case("MatMul with a weight", lambda a, b: raw.MatMul(a=a, b=b), a=data([2, 3]), b=F.const(data([3, 4])))
F.case("MatMul with a weight, transposed", lambda a, b: raw.MatMul(a=a, b=b, transpose_b=True), a=data([2, 3]), b=F.const(data([4, 3])))
F.case("MatMul sizes that do not fit", lambda a, b: raw.MatMul(a=a, b=b), a=data([2, 3]), b=data([4, 4]), dynamic="only")
F.case("MatMul int32 beyond its range", lambda a, b: raw.MatMul(a=a, b=b), a=np.int32([[2**30, 2**30]]), b=np.int32([[3], [2]]))
F.case("MatMul int64 beyond float64", lambda a, b: raw.MatMul(a=a, b=b), a=np.int64([[2**53, 1]]), b=np.int64([[1], [1]]))
F.case("MatMul special values", lambda a, b: raw.MatMul(a=a, b=b), a=np.float32([[NAN, 1], [INF, 1], [0, 1]]), b=np.float32([[1, 0], [2, INF]]))
for a, b in (([0, 3], [3, 2]), ([2, 0], [0, 3]), ([2, 3], [3, 0]), ([1, 1], [1, 1])):
    for dtype in (np.float32, np.int32):
        F.case(f"MatMul {name_of(dtype)} {a} by {b}", lambda a, b: raw.MatMul(a=a, b=b), a=data(a, dtype), b=data(b, dtype))
for a, b in (([2, 1, 2, 3], [3, 3, 2]), ([1, 2, 3], [4, 3, 2]), ([2, 3], [2, 3, 2]), ([2, 0, 3], [2, 3, 2]), ([2, 2, 0], [2, 0, 3]), ([0, 2, 3], [1, 3, 2]), ([2, 3, 1, 1, 2], [1, 3, 2, 2, 2])):
    F.case(f"BatchMatMulV2 {a} by {b}", lambda a, b: raw.BatchMatMulV2(x=a, y=b), a=data(a), b=data(b))
F.case("BatchMatMulV2 batches that do not fit", lambda a, b: raw.BatchMatMulV2(x=a, y=b), a=data([2, 2, 3]), b=data([3, 3, 2]), dynamic="only")
F.case("BatchMatMul batches that do not fit", lambda a, b: raw.BatchMatMul(x=a, y=b), a=data([2, 2, 3]), b=data([1, 3, 2]), dynamic="only")
for a, b, out in ((np.int8, np.int8, tf.int32), (np.uint8, np.int8, tf.int32), (np.uint8, np.uint8, tf.int32), (BFLOAT16, BFLOAT16, tf.float32), (np.float32, np.float32, tf.float32), (np.float16, np.float16, tf.float32)):
    F.case(
        f"BatchMatMulV3 {name_of(a)} by {name_of(b)} to {out.name}", lambda x, y, t=out: raw.BatchMatMulV3(x=x, y=y, Tout=t),
        x=data([2, 2, 3], a), y=data([2, 3, 2], b), if_kernel=True,
    )  # fmt: skip
F.case("matvec", lambda a, b: tf.linalg.matvec(a, b), a=data([2, 3]), b=data([3]))
F.case("tensordot", lambda a, b: tf.tensordot(a, b, [[1], [0]]), a=data([2, 3, 4]), b=data([3, 5]), dynamic=False)
F.case("tensordot, sizes unknown", lambda a, b: tf.tensordot(a, b, 1), a=data([2, 4, 3]), b=data([3, 5]), dynamic={"a": [None, None, 3], "b": [3, 5]})

# --- Einsum

EQUATIONS = {
    "ij,jk->ik": ([2, 3], [3, 4]), "ij,kj->ik": ([2, 3], [4, 3]), "bij,bjk->bik": ([2, 2, 3], [2, 3, 4]), "ij->ji": ([2, 3],), "ij->": ([2, 3],),
    "ij->i": ([2, 3],), "i,i->": ([3], [3]), "i,j->ij": ([3], [2]), "ij,ij->ij": ([2, 3], [2, 3]), "abc,cd->abd": ([2, 2, 3], [3, 4]),
    "abc,cde->abde": ([2, 2, 3], [3, 4, 2]), "aecd,abcd->acbe": ([2, 3, 2, 4], [2, 5, 2, 4]), "acbe,aecd->abcd": ([2, 2, 5, 3], [2, 3, 2, 4]),
    "abcd,cde->abe": ([2, 3, 2, 4], [2, 4, 3]), "...ij,...jk->...ik": ([2, 2, 3], [2, 3, 4]), "...ij,jk->...ik": ([2, 2, 3], [3, 4]),
    "i...,i...->...": ([3, 2, 2], [3, 2, 2]), "...i->...": ([2, 3],), "ij...->ji...": ([2, 3, 4],), "ii->i": ([3, 3],), "ii->": ([3, 3],),
    "iij->ij": ([2, 2, 3],), "iji->j": ([2, 3, 2],), "ii,ij->j": ([2, 2], [2, 3]), "...ij,...jk->ik...": ([2, 2, 3], [1, 3, 4]), ",ij->ij": ([], [2, 3]), "->": ([],),
    "i->ii": ([3],), "ij,jk,kl->il": ([2, 3], [3, 2], [2, 2]), "b...i,bi->b...": ([2, 3, 4], [2, 4]), "...a,...b->...ab": ([3, 2], [1, 4]),
    "BQNH,BKNH->BNQK": ([2, 3, 2, 4], [2, 5, 2, 4]), "aI,Ib->ab": ([2, 3], [3, 2]),
}  # fmt: skip
for equation, shapes in EQUATIONS.items():
    if len(shapes) > 2:
        continue  # TensorFlow's kernel takes two; tf.einsum makes several of it
    for dtype in (np.float32, np.int32):
        inputs = {f"x{index}": data(shape, dtype, index) for index, shape in enumerate(shapes)}
        F.case(
            f"Einsum {equation} {name_of(dtype)}", lambda equation=equation, **x: raw.Einsum(inputs=[x[key] for key in sorted(x)], equation=equation), **inputs,
            refused=equation == "i->ii",
        )  # fmt: skip
for dtype in [np.float16, BFLOAT16, np.float64, np.int64]:
    F.case(f"Einsum {name_of(dtype)}", lambda a, b: raw.Einsum(inputs=[a, b], equation="ij,jk->ik"), a=data([2, 3], dtype), b=data([3, 4], dtype), if_kernel=True, tolerance=4e-2 if dtype is BFLOAT16 else None)
for a, b in (([0, 3], [3, 2]), ([2, 0], [0, 3]), ([1, 1], [1, 1])):
    F.case(f"Einsum {a} by {b}", lambda a, b: raw.Einsum(inputs=[a, b], equation="ij,jk->ik"), a=data(a), b=data(b))
F.case("Einsum sizes that do not fit", lambda a, b: raw.Einsum(inputs=[a, b], equation="ij,jk->ik"), a=data([2, 3]), b=data([1, 4]), dynamic="only")
F.case("Einsum batches that do not fit", lambda a, b: raw.Einsum(inputs=[a, b], equation="bij,bjk->bik"), a=data([2, 2, 3]), b=data([1, 3, 4]), dynamic="only")
F.case("Einsum a diagonal of what is not square", lambda a: raw.Einsum(inputs=[a], equation="ii->i"), a=data([1, 3]), dynamic="only")
F.case("Einsum broadcast of an ellipsis", lambda a, b: raw.Einsum(inputs=[a, b], equation="...ij,...jk->...ik"), a=data([1, 2, 3]), b=data([4, 3, 4]))
F.case("Einsum ellipses of other ranks", lambda a, b: raw.Einsum(inputs=[a, b], equation="...ij,...jk->...ik"), a=data([2, 3]), b=data([4, 3, 4]))
F.case("tf.einsum of three", lambda a, b, c: tf.einsum("ij,jk,kl->il", a, b, c), a=data([2, 3]), b=data([3, 2]), c=data([2, 2]))
F.case("tf.einsum with spaces", lambda a, b: tf.einsum("i j, j k -> i k", a, b), a=data([2, 3]), b=data([3, 2]))
F.case("tf.einsum without an output", lambda a, b: tf.einsum("ij,jk", a, b), a=data([2, 3]), b=data([3, 2]))

# --- made of them

F.case("Cross", lambda a, b: raw.Cross(a=a, b=b), a=data([4, 3]), b=data([4, 3], seed=1))
for dtype in (np.float64, np.float16, BFLOAT16, np.int32, np.int8, np.uint8):
    F.case(f"Cross {name_of(dtype)}", lambda a, b: raw.Cross(a=a, b=b), a=data([2, 2, 3], dtype), b=data([2, 2, 3], dtype, 1), if_kernel=True, tolerance=2e-2 if dtype is BFLOAT16 else None)
F.case("Cross of vectors", lambda a, b: raw.Cross(a=a, b=b), a=data([3]), b=data([3], seed=1))
F.case("Cross of other shapes", lambda a, b: raw.Cross(a=a, b=b), a=data([1, 3]), b=data([2, 3], seed=1), dynamic="only")
for title, f in {
    "norm": lambda x: tf.linalg.norm(x), "norm of rows": lambda x: tf.linalg.norm(x, axis=-1), "1-norm": lambda x: tf.linalg.norm(x, 1, axis=-1),
    "infinity norm": lambda x: tf.linalg.norm(x, np.inf, axis=1),
    "normalize": lambda x: tf.linalg.normalize(x, axis=1)[0], "l2_normalize": lambda x: tf.math.l2_normalize(x, 0), "matrix_transpose": lambda x: tf.linalg.matrix_transpose(x),
}.items():  # fmt: skip
    F.case(f"linalg {title}", f, x=data([3, 4]))

# --- decompositions

SQUARE = data([2, 3, 3]) + 4 * np.eye(3, dtype=np.float32)
POSITIVE = (SQUARE @ SQUARE.swapaxes(1, 2) + np.eye(3)).astype(np.float32)
LINALG = {"rtol": 1e-4, "atol": 1e-5}
for dtype in (np.float32, np.float64):
    name = name_of(dtype)
    close = LINALG if dtype == np.float32 else None
    for size in (1, 2, 3, 5):
        x = (data([2, size, size]) + 4 * np.eye(size)).astype(dtype)
        p = (x @ x.swapaxes(1, 2) + np.eye(size)).astype(dtype)
        b = data([2, size, 2]).astype(dtype)
        F.case(f"MatrixDeterminant {name} {size}", lambda x: raw.MatrixDeterminant(input=x), x=x, tolerance=close)
        F.case(f"LogMatrixDeterminant {name} {size}", lambda x: raw.LogMatrixDeterminant(input=x), x=x, tolerance=close)
        F.case(f"MatrixInverse {name} {size}", lambda x: raw.MatrixInverse(input=x), x=x, tolerance=close)
        F.case(f"MatrixInverse {name} {size} adjoint", lambda x: raw.MatrixInverse(input=x, adjoint=True), x=x, tolerance=close)
        F.case(f"Cholesky {name} {size}", lambda x: raw.Cholesky(input=x), x=p, tolerance=close)
        F.case(f"MatrixSolve {name} {size}", lambda x, b: raw.MatrixSolve(matrix=x, rhs=b), x=x, b=b, tolerance=close)
        F.case(f"MatrixSolve {name} {size} adjoint", lambda x, b: raw.MatrixSolve(matrix=x, rhs=b, adjoint=True), x=x, b=b, tolerance=close)
    for lower in (False, True):
        for adjoint in (False, True):
            F.case(
                f"MatrixTriangularSolve {name} lower {lower} adjoint {adjoint}",
                lambda x, b, lower=lower, adjoint=adjoint: raw.MatrixTriangularSolve(matrix=x, rhs=b, lower=lower, adjoint=adjoint),
                x=SQUARE.astype(dtype), b=data([2, 3, 2]).astype(dtype), tolerance=close,
            )  # fmt: skip
F.case("MatrixTriangularSolve broadcasts", lambda x, b: raw.MatrixTriangularSolve(matrix=x, rhs=b), x=SQUARE[:1], b=data([2, 3, 2]), tolerance=LINALG)
F.case("MatrixTriangularSolve singular", lambda x, b: raw.MatrixTriangularSolve(matrix=x, rhs=b), x=np.zeros([2, 2], np.float32), b=data([2, 2]))
F.case("MatrixInverse singular", lambda x: raw.MatrixInverse(input=x), x=np.zeros([2, 2], np.float32))
F.case("MatrixSolve singular", lambda x, b: raw.MatrixSolve(matrix=x, rhs=b), x=np.zeros([2, 2], np.float32), b=data([2, 1]))
F.case("MatrixDeterminant singular", lambda x: raw.MatrixDeterminant(input=x), x=np.float32([[1, 2], [2, 4]]))
F.case("LogMatrixDeterminant singular", lambda x: raw.LogMatrixDeterminant(input=x), x=np.zeros([2, 2], np.float32))
F.case("Cholesky reads below the diagonal", lambda x: raw.Cholesky(input=x), x=np.float32([[4, 100], [2, 3]]))
F.case("MatrixInverse pivots", lambda x: raw.MatrixInverse(input=x), x=np.float32([[0, 1, 2], [1, 0, 3], [4, -3, 8]]), tolerance=LINALG)
F.case("MatrixInverse not square", lambda x: raw.MatrixInverse(input=x), x=data([2, 3]), dynamic="only")
F.case("MatrixSolve rows that do not fit", lambda x, b: raw.MatrixSolve(matrix=x, rhs=b), x=SQUARE[0], b=data([2, 3]), dynamic="only")
for op in ("MatrixInverse", "MatrixDeterminant", "Cholesky"):
    F.case(f"{op} of no matrices", lambda x, f=getattr(raw, op): f(input=x), x=np.zeros([0, 2, 2], np.float32))
    F.case(f"{op} of empty matrices", lambda x, f=getattr(raw, op): f(input=x), x=np.zeros([2, 0, 0], np.float32))
F.case("MatrixSolve of empty matrices", lambda x, b: raw.MatrixSolve(matrix=x, rhs=b), x=np.zeros([0, 0], np.float32), b=np.zeros([0, 2], np.float32))
F.case("CholeskySolve", lambda x, b: tf.linalg.cholesky_solve(tf.linalg.cholesky(x), b), x=POSITIVE[0], b=data([3, 1]), tolerance=LINALG)
for title, f in {
    "Qr": lambda x: raw.Qr(input=x), "Svd": lambda x: raw.Svd(input=x).s, "SelfAdjointEigV2": lambda x: raw.SelfAdjointEigV2(input=x).e,
    "MatrixExponential": lambda x: tf.linalg.expm(x), "Lu": lambda x: raw.Lu(input=x).lu, "MatrixSquareRoot": lambda x: raw.MatrixSquareRoot(input=x),
}.items():  # fmt: skip
    F.case(f"{title} is refused", f, x=POSITIVE[0], dynamic=False, refused=True)
for title, f in {
    "Betainc": lambda x: raw.Betainc(a=x, b=x, x=x), "Igamma": lambda x: raw.Igamma(a=x, x=x), "Igammac": lambda x: raw.Igammac(a=x, x=x),
    "Zeta": lambda x: raw.Zeta(x=x + 2, q=x), "Polygamma": lambda x: raw.Polygamma(a=tf.ones_like(x), x=x),
}.items():  # fmt: skip
    F.case(f"{title} is refused", f, x=np.float32([0.25, 0.5]), dynamic=False, refused=True)
F.refuse(
    "decompositions have no ONNX operator",
    "MatrixInverse*", "MatrixSolve*", "MatrixTriangularSolve*", "Cholesky*", "LogMatrixDeterminant*", "MatrixDeterminant*",
)  # fmt: skip
F.refuse("ONNX Runtime takes no diagonals", "Einsum ii*", "Einsum iji*")
F.refuse("ONNX Runtime reads beyond its memory", "Einsum ellipses of other ranks")
