#!/usr/bin/env python3
"""Golden vectors of @tensorfleet/preprocess, made with Pillow and numpy.

    python3 -m venv /tmp/venv-pillow
    /tmp/venv-pillow/bin/pip install pillow==12.3.0 numpy==2.4.6
    /tmp/venv-pillow/bin/python test/golden/preprocess/make_golden.py

Writes, beside itself:
    manifest.json       versions, and one entry per case
    normalise.bin       float32 little-endian results, one block per case
    decode/NAME         pictures; decode/NAME.rgb and NAME.l hold Pillow's convert('RGB') and convert('L')
    refused/NAME        pictures that Pillow reads and Tensorfleet refuses
Sources of the resize cases are not stored: `pixels` below and its twin in the test make the same bytes from a seed.
Running the script twice writes the same files.
"""

import base64
import hashlib
import io
import json
import shutil
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import PIL
from PIL import Image, features

HERE = Path(__file__).resolve().parent

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
CHANNELS = {"L": 1, "RGB": 3}

# Sources get every small target; the last ones only what a model asks for (their results are large).
SMALL_SOURCES = [(1, 1), (2, 2), (3, 5), (5, 3), (7, 1), (28, 28), (100, 75), (133, 100), (1, 257), (1024, 1)]
SMALL_TARGETS = [(1, 1), (3, 2), (28, 28), (33, 17), (61, 90)]
LARGE_CASES = [
    ((640, 480), (299, 299), "L"),
    ((640, 480), (224, 224), "RGB"),
    ((299, 299), (150, 150), "RGB"),
    ((133, 100), (299, 299), "RGB"),
    ((60, 40), (640, 480), "L"),
    ((1280, 853), (299, 299), "L"),
    ((1280, 853), (224, 150), "L"),
]
RAW_BYTES = 400  # results up to this size are stored whole, larger ones as a digest


def noise(count, seed):
    """The high bytes of a linear congruential generator."""
    out = bytearray(count)
    state = seed
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = state >> 24
    return np.frombuffer(bytes(out), dtype=np.uint8)


def gradient(width, height, channels):
    y, x, c = np.indices((height, width, channels))
    return ((3 * x + 5 * y + 85 * c) % 256).astype(np.uint8)


def pixels(pattern, width, height, mode):
    channels = CHANNELS[mode]
    if pattern == "gradient":
        data = gradient(width, height, channels)
    else:
        data = noise(width * height * channels, width * 65536 + height).reshape(height, width, channels)
    return Image.fromarray(data[:, :, 0] if channels == 1 else data)


def resize_case(pattern, source, target, mode, name):
    result = pixels(pattern, *source, mode).resize(target, FILTERS[name]).tobytes()
    case = {"pattern": pattern, "mode": mode, "filter": name, "source": source, "target": target}
    if len(result) <= RAW_BYTES:
        return case | {"base64": base64.b64encode(result).decode()}
    return case | {"sha256": hashlib.sha256(result).hexdigest()}


def resize_cases():
    for name in FILTERS:
        for mode in CHANNELS:
            for source in SMALL_SOURCES:
                for target in SMALL_TARGETS:
                    yield resize_case("noise", source, target, mode, name)
            for source in [(3, 5), (28, 28), (133, 100)]:
                for target in [(28, 28), (33, 17)]:
                    yield resize_case("gradient", source, target, mode, name)
        for source, target, mode in LARGE_CASES:
            yield resize_case("noise", source, target, mode, name)


def normalise(x, mode):
    """keras.applications.imagenet_utils.preprocess_input for numpy, channels last; and x / 255, and x."""
    x = x.astype("float32")
    if mode == "none":
        return x
    if mode == "unit":
        x /= 255.0
        return x
    if mode == "tf":
        x /= 127.5
        x -= 1.0
        return x
    if mode == "torch":
        x /= 255.0
        mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    else:
        x = x[..., ::-1].copy()
        mean, std = [103.939, 116.779, 123.68], None
    for channel in range(3):
        x[..., channel] -= mean[channel]
        if std is not None:
            x[..., channel] /= std[channel]
    return x


def normalise_cases():
    """All sample values in all channels: x: [1, 256, channels]."""
    blocks, cases, offset = [], [], 0
    for mode in ["tf", "caffe", "torch", "unit", "none"]:
        for channels in [1, 3] if mode in ("tf", "unit", "none") else [3]:
            x = np.repeat(np.arange(256, dtype=np.uint8).reshape(1, 256, 1), channels, axis=2)
            result = normalise(x, mode).astype("<f4").tobytes()
            cases.append({"mode": mode, "channels": channels, "offset": offset, "bytes": len(result)})
            blocks.append(result)
            offset += len(result)
    (HERE / "normalise.bin").write_bytes(b"".join(blocks))
    return cases


def photo(width=37, height=29):
    """Something like a photograph: smooth colours with edges and a little grain. Odd sizes cut chroma blocks."""
    y, x = np.indices((height, width))
    red = 128 + 100 * np.sin(x / 5) * np.cos(y / 7)
    green = 255 * x / width
    blue = np.where((x // 8 + y // 6) % 2 == 0, 220, 30)
    grain = noise(width * height * 3, 7).reshape(height, width, 3) / 16
    return np.clip(np.stack([red, green, blue], axis=2) + grain, 0, 255).astype(np.uint8)


def alpha(width=37, height=29):
    y, x = np.indices((height, width))
    return ((x * 7 + y * 9) % 256).astype(np.uint8)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(header, rows):
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib.compress(rows, 9)) + png_chunk(b"IEND", b"")


def png_16_bit(rgb):
    """Pillow reads 16-bit RGB (the high byte) but does not write it."""
    low = noise(rgb.size, 11).reshape(rgb.shape)
    wide = np.stack([rgb, low], axis=3).reshape(rgb.shape[0], -1)
    rows = b"".join(b"\0" + row.tobytes() for row in wide)
    return write_png(struct.pack(">IIBBBBB", rgb.shape[1], rgb.shape[0], 16, 2, 0, 0, 0), rows)


def png_interlaced(rgb):
    """Pillow reads Adam7 but does not write it."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b""
    for x0, y0, dx, dy in passes:
        rows += b"".join(b"\0" + row.tobytes() for row in rgb[y0::dy, x0::dx] if row.size > 0)
    return write_png(struct.pack(">IIBBBBB", rgb.shape[1], rgb.shape[0], 8, 2, 0, 0, 1), rows)


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pictures():
    rgb = Image.fromarray(photo())
    gray = rgb.convert("L")
    rgba = rgb.copy()
    rgba.putalpha(Image.fromarray(alpha()))
    rotated = Image.Exif()
    rotated[0x0112] = 6
    palette = rgb.quantize(200)
    yield "420.jpg", saved(rgb, "JPEG", quality=80, subsampling="4:2:0")
    yield "422.jpg", saved(rgb, "JPEG", quality=80, subsampling="4:2:2")
    yield "444.jpg", saved(rgb, "JPEG", quality=95, subsampling="4:4:4")
    yield "progressive.jpg", saved(rgb, "JPEG", quality=75, progressive=True)
    yield "restarts.jpg", saved(rgb, "JPEG", quality=60, restart_marker_blocks=1)
    yield "gray.jpg", saved(gray, "JPEG", quality=85)
    yield "rgb-components.jpg", saved(rgb, "JPEG", quality=85, keep_rgb=True)
    yield "orientation.jpg", saved(rgb, "JPEG", quality=80, exif=rotated, comment=b"a comment")
    yield "profile.jpg", saved(rgb, "JPEG", quality=80, icc_profile=bytes(range(256)) * 300)
    yield "rgb.png", saved(rgb, "PNG")
    yield "rgba.png", saved(rgba, "PNG")
    yield "gray.png", saved(gray, "PNG")
    yield "gray-alpha.png", saved(rgba.convert("LA"), "PNG")
    yield "1-bit.png", saved(gray.convert("1"), "PNG")
    yield "palette.png", saved(palette, "PNG")
    yield "palette-4-bit.png", saved(rgb.quantize(13), "PNG", bits=4)
    yield "palette-transparent.png", saved(palette, "PNG", transparency=bytes(range(200)))
    yield "rgb-transparent.png", saved(rgb, "PNG", transparency=rgb.getpixel((3, 3)))
    yield "rgb-16-bit.png", png_16_bit(photo())
    yield "profile.png", saved(rgb, "PNG", icc_profile=bytes(range(256)) * 4, dpi=(72, 72))
    yield "interlaced.png", png_interlaced(photo())
    yield "lossy.webp", saved(rgb, "WEBP", quality=70)
    yield "lossless.webp", saved(rgb, "WEBP", lossless=True)
    yield "lossy-alpha.webp", saved(rgba, "WEBP", quality=70)
    yield "lossless-alpha.webp", saved(rgba, "WEBP", lossless=True, exact=True)
    yield "exif.webp", saved(rgb, "WEBP", quality=70, exif=rotated)


def refused():
    rgb = Image.fromarray(photo())
    yield "cmyk.jpg", saved(rgb.convert("CMYK"), "JPEG", quality=50)
    yield "animated.webp", saved(rgb, "WEBP", save_all=True, append_images=[rgb.rotate(90)], quality=20)
    yield "picture.gif", saved(rgb.quantize(16), "GIF")
    yield "picture.bmp", saved(rgb.quantize(2), "BMP")
    yield "picture.tiff", saved(rgb.convert("1"), "TIFF", compression="group4")
    yield "picture.avif", saved(rgb, "AVIF", quality=20)


def decode_cases():
    for folder in ("decode", "refused"):
        shutil.rmtree(HERE / folder, ignore_errors=True)
        (HERE / folder).mkdir()
    cases = []
    for name, data in pictures():
        path = HERE / "decode" / name
        path.write_bytes(data)
        image = Image.open(io.BytesIO(data))
        (HERE / "decode" / f"{name}.rgb").write_bytes(image.convert("RGB").tobytes())
        (HERE / "decode" / f"{name}.l").write_bytes(image.convert("L").tobytes())
        cases.append({"file": name, "mode": image.mode, "width": image.width, "height": image.height})
    for name, data in refused():
        (HERE / "refused" / name).write_bytes(data)
    return cases


def main():
    manifest = {
        "made_by": "make_golden.py",
        "python": ".".join(map(str, sys.version_info[:3])),
        "pillow": PIL.__version__,
        "numpy": np.__version__,
        "libjpeg": features.version("jpg"),
        "libjpeg_turbo": features.version("libjpeg_turbo"),
        "zlib": features.version("zlib"),
        "webp": features.version("webp"),
    }
    sections = {"normalise": normalise_cases(), "decode": decode_cases(), "resize": list(resize_cases())}
    # One case per line: readable differences.
    head = json.dumps(manifest, indent=2)[:-2]
    body = ",\n".join(
        f'  "{name}": [\n' + ",\n".join("    " + json.dumps(case) for case in cases) + "\n  ]"
        for name, cases in sections.items()
    )
    (HERE / "manifest.json").write_text(f"{head},\n{body}\n}}\n")


main()
