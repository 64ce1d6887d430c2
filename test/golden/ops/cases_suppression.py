"""Choices among overlapping boxes."""

import numpy as np
import tensorflow as tf

from kit import family

F = family("suppression")
raw = tf.raw_ops
NAN, INF = np.nan, np.inf


def boxes_of(count, seed=0, grid=None):
    """Boxes [y1, x1, y2, x2] inside of the picture, some with their corners swapped; on a grid many overlaps are equal."""
    corners = F.random([count, 2], low=0, high=0.7, seed=seed)
    sizes = F.random([count, 2], low=0.1, high=0.5, seed=seed + 1)
    made = np.concatenate([corners, corners + sizes], 1)
    if grid:
        made = np.round(made * grid) / grid
    made[::5] = made[::5][:, [2, 3, 0, 1]]
    return made.astype(np.float32)


BOXES = boxes_of(24)
SCORES = F.random([24], low=0, high=1)
TIES = np.round(SCORES * 4) / 4
v1 = lambda iou: lambda boxes, scores, size: raw.NonMaxSuppression(boxes=boxes, scores=scores, max_output_size=size, iou_threshold=iou)
v2 = lambda boxes, scores, size, iou: raw.NonMaxSuppressionV2(boxes=boxes, scores=scores, max_output_size=size, iou_threshold=iou)
v3 = lambda boxes, scores, size, iou, threshold: raw.NonMaxSuppressionV3(boxes=boxes, scores=scores, max_output_size=size, iou_threshold=iou, score_threshold=threshold)


def v4(pad):
    return lambda boxes, scores, size, iou, threshold: raw.NonMaxSuppressionV4(boxes=boxes, scores=scores, max_output_size=size, iou_threshold=iou, score_threshold=threshold, pad_to_max_output_size=pad)


def v5(pad):
    return lambda boxes, scores, size, iou, threshold, sigma: raw.NonMaxSuppressionV5(
        boxes=boxes, scores=scores, max_output_size=size, iou_threshold=iou, score_threshold=threshold, soft_nms_sigma=sigma, pad_to_max_output_size=pad)


size, half, low = np.int32(10), np.float32(0.5), np.float32(0.1)
for iou in (0.0, 0.3, 0.5, 1.0):
    F.case(f"NonMaxSuppression {iou}", v1(iou), boxes=BOXES, scores=SCORES, size=size)
    F.case(f"NonMaxSuppressionV2 {iou}", v2, boxes=BOXES, scores=SCORES, size=size, iou=np.float32(iou))
    for threshold in (-1.0, 0.0, 0.4, 2.0):
        F.case(f"NonMaxSuppressionV3 {iou} {threshold}", v3, boxes=BOXES, scores=SCORES, size=size, iou=F.const(np.float32(iou)), threshold=F.const(np.float32(threshold)))
for name, op, more in [("NonMaxSuppression", v1(0.5), {}), ("NonMaxSuppressionV2", v2, {"iou": half}), ("NonMaxSuppressionV3", v3, {"iou": half, "threshold": low})]:
    F.case(f"{name} ties", op, boxes=BOXES, scores=TIES, size=size, **more)
    F.case(f"{name} equal scores", op, boxes=boxes_of(40, 7, 8), scores=np.full([40], 0.5, np.float32), size=np.int32(40), **more)
    F.case(f"{name} none", op, boxes=BOXES[:0], scores=SCORES[:0], size=size, **more)
    F.case(f"{name} size 0", op, boxes=BOXES, scores=SCORES, size=np.int32(0), **more)
    F.case(f"{name} size -1", op, boxes=BOXES, scores=SCORES, size=np.int32(-1), **more)
    F.case(f"{name} size over the number of boxes", op, boxes=BOXES, scores=SCORES, size=np.int32(100), **more)
    F.case(f"{name} negative scores", op, boxes=BOXES, scores=SCORES - 0.5, size=size, **more)
    F.case(f"{name} infinite scores, NaN", op, boxes=BOXES[:6], scores=np.float32([0.5, INF, -INF, NAN, 0.25, 0.5]), size=size, **more)
    F.case(f"{name} boxes of no area", op, boxes=np.float32([[0, 0, 0, 0], [0, 0, 0, 0], [0.1, 0.1, 0.1, 0.5], [0, 0, 1, 1]]), scores=np.float32([0.9, 0.8, 0.7, 0.6]), size=size, **more)
    F.case(f"{name} float16", op, refused=True, if_kernel=True, boxes=BOXES.astype(np.float16), scores=SCORES.astype(np.float16), size=size, **{key: value.astype(np.float16) for key, value in more.items()})
for iou in (-0.1, 1.1):
    F.case(f"NonMaxSuppressionV3 iou_threshold {iou}", v3, boxes=BOXES, scores=SCORES, size=size, iou=np.float32(iou), threshold=low)
F.case("NonMaxSuppressionV3 exactly the threshold", v3, boxes=np.float32([[0, 0, 1, 1], [0, 0, 1, 0.5], [0, 0, 0.5, 1]]), scores=np.float32([0.9, 0.8, 0.7]), size=size, iou=half, threshold=low)
F.case("NonMaxSuppressionV3 exactly the score", v3, boxes=np.float32([[0, 0, 1, 1], [2, 2, 3, 3]]), scores=np.float32([0.5, 0.25]), size=size, iou=half, threshold=np.float32(0.25))
F.case("NonMaxSuppressionV3 scores that do not fit", v3, dynamic="only", boxes=BOXES, scores=SCORES[:5], size=size, iou=half, threshold=low)
for pad in (False, True):
    for most in (3, 40):
        F.case(f"NonMaxSuppressionV4 {most}{' padded' * pad}", v4(pad), boxes=BOXES, scores=SCORES, size=np.int32(most), iou=half, threshold=low)
        F.case(f"NonMaxSuppressionV5 {most}{' padded' * pad}", v5(pad), boxes=BOXES, scores=SCORES, size=np.int32(most), iou=half, threshold=low, sigma=F.const(np.float32(0)))
    F.case(f"NonMaxSuppressionV4 none{' padded' * pad}", v4(pad), boxes=BOXES[:0], scores=SCORES[:0], size=np.int32(4), iou=half, threshold=low)
    F.case(f"NonMaxSuppressionV4 const size{' padded' * pad}", v4(pad), boxes=BOXES, scores=TIES, size=F.const(np.int32(12)), iou=half, threshold=low)
F.case("NonMaxSuppressionV5 soft", v5(False), refused=True, boxes=BOXES, scores=SCORES, size=size, iou=half, threshold=low, sigma=F.const(np.float32(0.5)))
F.case("NonMaxSuppressionV5 sigma as input", v5(False), refused=True, boxes=BOXES, scores=SCORES, size=size, iou=half, threshold=low, sigma=np.float32(0.5))
F.case("NonMaxSuppressionV5 ties", v5(True), boxes=BOXES, scores=TIES, size=np.int32(12), iou=half, threshold=low, sigma=F.const(np.float32(0)))


def combined(per_class=4, total=10, iou=0.5, threshold=0.1, **attributes):
    return lambda boxes, scores: raw.CombinedNonMaxSuppression(
        boxes=boxes, scores=scores, max_output_size_per_class=per_class, max_total_size=total, iou_threshold=iou, score_threshold=threshold, **attributes)


def several(batch, count, groups, seed=0):
    return np.stack([np.stack([boxes_of(count, seed + 10 * b + 100 * g) for g in range(groups)], 1) for b in range(batch)])


SEVERAL = F.random([2, 12, 3], low=0, high=1)
for groups in (1, 3):
    boxes = several(2, 12, groups)
    for title, attributes in {
        "": {}, " total below": {"total": 5}, " total above": {"total": 40}, " pad_per_class": {"pad_per_class": True, "total": 40},
        " pad_per_class, total below": {"pad_per_class": True, "total": 5}, " one per class": {"per_class": 1}, " per class above": {"per_class": 50, "total": 60},
        " threshold": {"threshold": 0.6}, " nothing": {"threshold": 2.0}, " iou 0": {"iou": 0.0}, " iou 1": {"iou": 1.0},
    }.items():  # fmt: skip
        F.case(f"CombinedNonMaxSuppression {groups} of 3{title}", combined(**attributes), dynamic={"boxes": [None, None, groups, 4], "scores": [None, None, 3]}, boxes=boxes, scores=SEVERAL)
    for clip in (False, True):
        F.case(f"CombinedNonMaxSuppression {groups} of 3 outside, clip_boxes={clip}", combined(clip_boxes=clip), dynamic={"boxes": [None, None, groups, 4], "scores": [None, None, 3]}, boxes=boxes * 1.5 - 0.3, scores=SEVERAL)
F.case("CombinedNonMaxSuppression one class", combined(), dynamic={"boxes": [None, None, 1, 4], "scores": [None, None, 1]}, boxes=several(2, 12, 1), scores=SEVERAL[..., :1])
F.case("CombinedNonMaxSuppression batch 0", combined(), dynamic={"boxes": [None, None, 1, 4], "scores": [None, None, 3]}, boxes=several(2, 12, 1)[:0], scores=SEVERAL[:0])
EQUAL = np.stack([np.roll(np.arange(1, 13, dtype=np.float32) / 12, shift) for shift in (0, 5, 2)], 1)[None]  # among classes
F.case("CombinedNonMaxSuppression ties", combined(), dynamic={"boxes": [None, None, 1, 4], "scores": [None, None, 3]}, boxes=several(1, 12, 1), scores=EQUAL)
F.case("CombinedNonMaxSuppression no boxes", combined(), dynamic={"boxes": [None, None, 1, 4], "scores": [None, None, 3]}, boxes=several(2, 12, 1)[:, :0], scores=SEVERAL[:, :0])
F.case("CombinedNonMaxSuppression negative scores", combined(threshold=-1.0), dynamic={"boxes": [None, None, 1, 4], "scores": [None, None, 3]}, boxes=several(2, 12, 1), scores=SEVERAL - 0.5)
F.case("CombinedNonMaxSuppression everything unknown", combined(), dynamic="only", refused="dynamic", boxes=several(2, 12, 1), scores=SEVERAL)
