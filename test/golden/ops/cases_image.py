"""Pictures: resizing, crops, patches, colours, warps."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("image")
raw = tf.raw_ops
NAN, INF = np.nan, np.inf
BF16 = tf.bfloat16.as_numpy_dtype


def name_of(dtype):
    return np.dtype(dtype).name


# --- resizing

MODES = {"": {}, " align_corners": {"align_corners": True}, " half_pixel_centers": {"half_pixel_centers": True}}
SIZES = [((4, 5), (8, 10)), ((4, 6), (2, 3)), ((3, 5), (7, 4)), ((5, 7), (5, 7)), ((1, 4), (3, 1)), ((2, 3), (1, 1)), ((9, 2), (4, 6)), ((6, 3), (18, 9))]


def resize(op, **attributes):
    return lambda images, size: getattr(raw, op)(images=images, size=size, **attributes)


for op in ("ResizeNearestNeighbor", "ResizeBilinear", "ResizeBicubic", "ResizeArea"):
    for title, attributes in MODES.items():
        if op == "ResizeArea" and "half_pixel_centers" in attributes:
            continue
        for source, target in SIZES:
            images = F.random([2, *source, 3], low=-10, high=10)
            name = f"{op} {source} to {target}{title}".replace(", ", ",")
            F.case(name, resize(op, **attributes), images=images, size=F.const(np.int32(target)), refused=op == "ResizeArea" and (True if (source, title) == ((1, 4), " align_corners") else "dynamic"), tolerance={"rtol": 1e-5, "atol": 1e-5} if op in ("ResizeBicubic", "ResizeArea") else None)
        if op != "ResizeArea":
            F.case(f"{op} size as input{title}", resize(op, **attributes), images=F.random([1, 4, 5, 2]), size=np.int32([7, 3]), tolerance={"rtol": 1e-5, "atol": 1e-5} if op == "ResizeBicubic" else None)
            F.case(f"{op} twice the size{title}", lambda images, op=op, attributes=attributes: resize(op, **attributes)(images, 2 * tf.shape(images)[1:3]), images=F.random([2, 3, 4, 2]), tolerance={"rtol": 1e-5, "atol": 1e-5} if op == "ResizeBicubic" else None)
            F.case(f"{op} size 0{title}", resize(op, **attributes), images=F.random([1, 4, 5, 2]), size=np.int32([0, 3]))
        F.case(f"{op} batch 0{title}", resize(op, **attributes), images=F.random([0, 4, 5, 2]), size=F.const(np.int32([2, 3])), refused=op == "ResizeArea" and "dynamic")
    for dtype in (np.uint8, np.int8, np.int32, np.int64, np.float16, BF16, np.float64):
        F.case(f"{op} {name_of(dtype)}", resize(op), images=F.random([1, 4, 5, 2], dtype, 0, 100), size=F.const(np.int32([3, 8])), refused=op == "ResizeArea" and "dynamic", if_kernel=True, tolerance={"rtol": 1e-5, "atol": 1e-5} if op in ("ResizeBicubic", "ResizeArea") else None)

F.case("ResizeNearestNeighbor every size", lambda images: {f"{mode}{size}": resize("ResizeNearestNeighbor", **attributes)(images, [size, 1]) for mode, attributes in MODES.items() for size in range(1, 40)}, dynamic=False, images=np.arange(13, dtype=np.float32).reshape(1, 13, 1, 1))
F.case("ResizeNearestNeighbor every size, dynamic", lambda images: {f"{mode}{size}": resize("ResizeNearestNeighbor", **attributes)(images, [size, 1]) for mode, attributes in MODES.items() for size in range(1, 40, 3)}, dynamic="only", images=np.arange(13, dtype=np.float32).reshape(1, 13, 1, 1))
F.case("ResizeNearestNeighbor multiples", lambda images: {f"{mode}{factor}": resize("ResizeNearestNeighbor", **attributes)(images, [41 * factor, 1]) for mode, attributes in MODES.items() for factor in range(2, 12)}, images=np.arange(41, dtype=np.float32).reshape(1, 41, 1, 1))
F.case("ResizeBilinear large", resize("ResizeBilinear"), images=np.round(F.random([1, 97, 61, 1], low=0, high=255)), size=F.const(np.int32([50, 83])))
F.case("ResizeBilinear half_pixel_centers large", resize("ResizeBilinear", half_pixel_centers=True), images=np.round(F.random([1, 97, 61, 1], low=0, high=255)), size=F.const(np.int32([50, 83])))
F.case("ResizeBilinear infinity", resize("ResizeBilinear", half_pixel_centers=True), dynamic=False, images=np.float32([1, INF, 2, 3, 4, 5]).reshape(1, 2, 3, 1), size=F.const(np.int32([2, 3])))
for source, target in [((12, 10), (4, 5)), ((13, 11), (4, 5)), ((5, 4), (11, 9)), ((7, 7), (3, 14))]:
    F.case(f"ResizeArea {source} to {target}".replace(", ", ","), resize("ResizeArea"), dynamic=False, images=F.random([1, *source, 2]), size=F.const(np.int32(target)), tolerance={"rtol": 1e-5, "atol": 1e-5})

for kernel in ("lanczos1", "lanczos3", "lanczos5", "gaussian", "box", "triangle", "keyscubic", "mitchellcubic"):
    for antialias in (True, False):
        for target in ((3, 5), (12, 9)):
            F.case(
                f"ScaleAndTranslate {kernel} antialias={antialias} {target}".replace(", ", ","),
                lambda images, size, scale, translation, kernel=kernel, antialias=antialias: raw.ScaleAndTranslate(images=images, size=size, scale=scale, translation=translation, kernel_type=kernel, antialias=antialias),
                images=F.random([1, 7, 6, 2]), size=F.const(np.int32(target)), scale=F.const(np.float32([target[0] / 7, target[1] / 6])), translation=F.const(np.float32([0, 0])),
                refused="dynamic", tolerance={"rtol": 1e-5, "atol": 1e-5},
            )  # fmt: skip
F.case(
    "ScaleAndTranslate moved", lambda images, size, scale, translation: raw.ScaleAndTranslate(images=images, size=size, scale=scale, translation=translation),
    images=F.random([2, 7, 6, 2]), size=F.const(np.int32([6, 5])), scale=F.const(np.float32([0.7, 1.3])), translation=F.const(np.float32([1.5, -2.25])),
    refused="dynamic", tolerance={"rtol": 1e-5, "atol": 1e-5},
)  # fmt: skip

# --- crops

BOXES = np.float32([[0, 0, 1, 1], [0.2, 0.3, 0.8, 0.9], [0.9, 0.9, 0.1, 0.1], [-0.5, -0.2, 1.3, 1.5], [0.5, 0.5, 0.5, 0.5], [2, 2, 3, 3]])
OWNERS = np.int32([0, 1, 1, 0, 1, 0])
for method in ("bilinear", "nearest"):
    for crop in ((3, 4), (1, 1), (1, 5), (6, 7)):
        F.case(
            f"CropAndResize {method} {crop}".replace(", ", ","),
            lambda image, boxes, owners, size, method=method: raw.CropAndResize(image=image, boxes=boxes, box_ind=owners, crop_size=size, method=method, extrapolation_value=-7.5),
            image=F.random([2, 6, 7, 2]), boxes=BOXES, owners=OWNERS, size=F.const(np.int32(crop)),
        )  # fmt: skip
    for dtype in (np.uint8, np.float16, np.float64, np.int32):
        F.case(f"CropAndResize {method} {name_of(dtype)}", lambda image, boxes, owners, method=method: raw.CropAndResize(image=image, boxes=boxes, box_ind=owners, crop_size=[3, 4], method=method), image=F.random([2, 6, 7, 2], dtype, 0, 100), boxes=BOXES, owners=OWNERS)
crop = lambda image, boxes, owners, size: raw.CropAndResize(image=image, boxes=boxes, box_ind=owners, crop_size=size)
F.case("CropAndResize size as input", crop, image=F.random([2, 6, 7, 2]), boxes=BOXES, owners=OWNERS, size=np.int32([2, 3]))
F.case("CropAndResize of no boxes", crop, image=F.random([2, 6, 7, 2]), boxes=BOXES[:0], owners=OWNERS[:0], size=np.int32([2, 3]))
F.case("CropAndResize of a picture of one pixel", crop, image=F.random([2, 1, 1, 2]), boxes=BOXES, owners=OWNERS, size=np.int32([2, 3]))
for owner in (2, -1):
    F.case(f"CropAndResize picture {owner} of 2", crop, image=F.random([2, 6, 7, 2]), boxes=BOXES[:1], owners=np.int32([owner]), size=np.int32([2, 3]))

# --- patches

for ksizes, strides, rates in [((2, 3), (1, 1), (1, 1)), ((3, 3), (2, 2), (1, 1)), ((2, 2), (1, 2), (2, 1)), ((1, 1), (2, 3), (1, 1)), ((3, 2), (3, 2), (1, 2))]:
    for padding in ("SAME", "VALID"):
        F.case(
            f"ExtractImagePatches {ksizes} {strides} {rates} {padding}".replace(", ", ","),
            lambda images, ksizes=ksizes, strides=strides, rates=rates, padding=padding: raw.ExtractImagePatches(images=images, ksizes=[1, *ksizes, 1], strides=[1, *strides, 1], rates=[1, *rates, 1], padding=padding),
            images=F.random([2, 6, 7, 2]),
        )  # fmt: skip
for dtype in (np.uint8, np.int32, np.int64, np.float64, np.float16, BF16, np.bool_):
    F.case(f"ExtractImagePatches {name_of(dtype)}", lambda images: raw.ExtractImagePatches(images=images, ksizes=[1, 2, 2, 1], strides=[1, 2, 2, 1], rates=[1, 1, 1, 1], padding="SAME"), if_kernel=True, images=F.random([1, 3, 5, 2], dtype, 0, 100))
F.case("ExtractImagePatches batch 0", lambda images: raw.ExtractImagePatches(images=images, ksizes=[1, 2, 2, 1], strides=[1, 2, 2, 1], rates=[1, 1, 1, 1], padding="VALID"), images=F.random([0, 3, 5, 2]))
F.case("ExtractImagePatches larger than the picture", lambda images: raw.ExtractImagePatches(images=images, ksizes=[1, 5, 5, 1], strides=[1, 1, 1, 1], rates=[1, 1, 1, 1], padding="SAME"), images=F.random([1, 3, 2, 1]))
for padding in ("SAME", "VALID"):
    F.case(f"ExtractVolumePatches {padding}", lambda x, padding=padding: raw.ExtractVolumePatches(input=x, ksizes=[1, 2, 3, 2, 1], strides=[1, 1, 2, 2, 1], padding=padding), x=F.random([1, 3, 4, 5, 2]))

# --- colours

COLOURS = np.concatenate([F.random([4, 5, 3], low=0, high=1), np.float32([[[0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5], [1, 0, 0], [0, 0, 1]], [[0, 1, 0], [1, 1, 0], [0, 1, 1], [1, 0, 1], [0.2, 0.2, 0.7]]])])[None]
F.case("RGBToHSV", lambda x: raw.RGBToHSV(images=x), x=COLOURS)
F.case("RGBToHSV out of range", lambda x: raw.RGBToHSV(images=x), x=F.random([2, 3, 3], low=-2, high=3))
F.case("HSVToRGB", lambda x: raw.HSVToRGB(images=x), x=COLOURS)
F.case("HSVToRGB sixths", lambda x: raw.HSVToRGB(images=x), x=np.float32([[h / 12, s, 0.75] for h in range(13) for s in (0, 0.5, 1)]))
F.case("HSVToRGB out of range", lambda x: raw.HSVToRGB(images=x), x=F.random([2, 3, 3], low=-2, high=3))
F.case("RGBToHSV of rank 1, of none", lambda x, y: [raw.RGBToHSV(images=x), raw.RGBToHSV(images=y), raw.HSVToRGB(images=x), raw.HSVToRGB(images=y)], x=F.random([3], low=0, high=1), y=F.random([0, 3]))
for dtype in (np.float64, np.float16, BF16):
    F.case(f"RGBToHSV {name_of(dtype)}", lambda x: raw.RGBToHSV(images=x), if_kernel=True, refused=dtype is BF16 or dtype is np.float16, x=COLOURS.astype(dtype))
    F.case(f"HSVToRGB {name_of(dtype)}", lambda x: raw.HSVToRGB(images=x), if_kernel=True, refused=dtype is BF16 or dtype is np.float16, x=COLOURS.astype(dtype))
for dtype in (np.float32, np.float16):
    for factor in (0.0, 0.5, 2.0, -1.0):
        F.case(f"AdjustContrastv2 {name_of(dtype)} {factor}", lambda x, factor: raw.AdjustContrastv2(images=x, contrast_factor=factor), if_kernel=True, x=F.random([2, 4, 5, 3], dtype, 0, 10), factor=F.const(np.float32(factor)), tolerance=1e-2 if dtype is np.float16 else None)
F.case("AdjustContrastv2 of rank 3, of rank 5", lambda x, y, factor: [raw.AdjustContrastv2(images=x, contrast_factor=factor), raw.AdjustContrastv2(images=y, contrast_factor=factor)], x=F.random([4, 5, 3]), y=F.random([2, 2, 3, 2, 3]), factor=np.float32(1.5))
for delta in (0.0, 0.25, -0.4, 1.0, -1.0, 0.9):
    F.case(f"AdjustHue {delta}", lambda x, delta: raw.AdjustHue(images=x, delta=delta), x=COLOURS, delta=F.const(np.float32(delta)), tolerance={"rtol": 1e-5, "atol": 1e-5})
F.case("AdjustHue out of range", lambda x, delta: raw.AdjustHue(images=x, delta=delta), x=F.random([2, 3, 3], low=-2, high=3), delta=np.float32(0.3), tolerance={"rtol": 1e-5, "atol": 1e-5})
for scale in (0.0, 0.5, 3.0, -1.0):
    F.case(f"AdjustSaturation {scale}", lambda x, scale: raw.AdjustSaturation(images=x, scale=scale), x=COLOURS, scale=F.const(np.float32(scale)), tolerance={"rtol": 1e-5, "atol": 1e-5})
F.case("AdjustSaturation out of range", lambda x, scale: raw.AdjustSaturation(images=x, scale=scale), x=F.random([2, 3, 3], low=-2, high=3), scale=np.float32(1.3), tolerance={"rtol": 1e-5, "atol": 1e-5})

# --- warps

TRANSFORMS = np.float32([[1, 0, 0, 0, 1, 0, 0, 0], [1, 0, 1.5, 0, 1, -2, 0, 0], [0.8, 0.3, 1, -0.2, 1.1, 0.5, 0, 0], [1, 0.1, 0, 0, 1, 0, 0.05, 0.02], [-1, 0, 5, 0, 1, 0, 0, 0]])
for interpolation in ("NEAREST", "BILINEAR"):
    for fill in ("CONSTANT", "NEAREST", "REFLECT", "WRAP"):
        F.case(
            f"ImageProjectiveTransformV3 {interpolation} {fill}",
            lambda images, transforms, shape, interpolation=interpolation, fill=fill: raw.ImageProjectiveTransformV3(images=images, transforms=transforms, output_shape=shape, fill_value=2.5, interpolation=interpolation, fill_mode=fill),
            images=F.random([5, 5, 6, 2]), transforms=TRANSFORMS, shape=F.const(np.int32([4, 7])), tolerance={"rtol": 1e-5, "atol": 1e-5},
        )  # fmt: skip
    F.case(f"ImageProjectiveTransformV2 {interpolation}", lambda images, transforms, shape, interpolation=interpolation: raw.ImageProjectiveTransformV2(images=images, transforms=transforms, output_shape=shape, interpolation=interpolation), images=F.random([3, 5, 6, 2]), transforms=TRANSFORMS[2:3], shape=np.int32([5, 6]), tolerance={"rtol": 1e-5, "atol": 1e-5})
    F.case(f"ImageProjectiveTransformV2 {interpolation} of none", lambda images, transforms, shape, interpolation=interpolation: raw.ImageProjectiveTransformV2(images=images, transforms=transforms, output_shape=shape, interpolation=interpolation), images=F.random([0, 5, 6, 2]), transforms=TRANSFORMS[2:3], shape=np.int32([5, 6]))
F.case("ImageProjectiveTransformV3 uint8", lambda images, transforms: raw.ImageProjectiveTransformV3(images=images, transforms=transforms, output_shape=[5, 6], fill_value=0.0, interpolation="NEAREST", fill_mode="CONSTANT"), images=F.random([5, 5, 6, 2], np.uint8, 0, 100), transforms=TRANSFORMS)
