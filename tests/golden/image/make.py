"""Small image files of every kind that purebank reads, and what Pillow makes of them.

Writes files/* (the images) and three lists that the tests read:
  decode.txt  <file> <width> <height> <CRC-32 of the RGB bytes of ImageOps.exif_transpose(Image.open(file)).convert("RGB")>
  resize.txt  <filter> <in width> <in height> <out width> <out height> <CRC-32 of the resized RGB bytes>
  colors.txt  <map> <value> <r> <g> <b>
Resizing starts from the pixels of pattern(), which tests/test_image_resize.c makes the same way.
Files that Pillow reads badly (16-bit grey is clipped, not scaled) get the bytes that image.h promises instead: see exceptions().

Made with Pillow 13.0.0 (libjpeg-turbo 3.2.0, libtiff 4.7.2, libwebp 1.6.0), numpy 2.4.6, matplotlib 3.11.2."""
import os
import struct
import zlib

import matplotlib
import numpy as np
from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = os.path.join(HERE, "files")
RNG = np.random.default_rng(20240)


def photo(width, height, channels):
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 90 * np.sin(x / 7 + k) + 40 * np.cos(y / (5 * (k + 1))) for k in range(channels)]
    noise = RNG.normal(0, 8, (height, width, channels))
    return np.clip(np.stack(waves, -1) + noise, 0, 255).astype(np.uint8)


def pattern(width, height):
    """Byte i of the image is the high byte of i * 2654435761 + 12345 (mod 2^32)."""
    i = np.arange(width * height * 3, dtype=np.uint64)
    return (((i * 2654435761 + 12345) & 0xFFFFFFFF) >> 24).astype(np.uint8).reshape(height, width, 3)


def save(image, name, **options):
    image.save(os.path.join(FILES, name), **options)


def write(name, data):
    with open(os.path.join(FILES, name), "wb") as file:
        file.write(data)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(name, samples, bits, color_type, palette=None, trns=None, interlaced=False):
    """samples: height x width x channels of integers below 2^bits."""
    def rows(part):
        data = b""
        for row in part.reshape(part.shape[0], -1):
            if bits == 16:
                data += b"\0" + row.astype(">u2").tobytes()
            else:
                digits = np.unpackbits(row.astype(np.uint8)[:, None], axis=1)[:, 8 - bits:]
                data += b"\0" + np.packbits(digits.reshape(-1)).tobytes()
        return data

    height, width, _ = samples.shape
    parts = [samples]
    if interlaced:
        parts = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7]
    data = b"".join(rows(part) for part in parts if part.size)
    out = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0,
                                                                int(interlaced)))
    if palette is not None:
        out += png_chunk(b"PLTE", palette.astype(np.uint8).tobytes())
    if trns is not None:
        out += png_chunk(b"tRNS", trns)
    write(name, out + png_chunk(b"IDAT", zlib.compress(data)) + png_chunk(b"IEND", b""))


def tiff(name, width, height, blocks, bits, n_samples, photometric, end="<", **tags):
    """Uncompressed; blocks: the bytes of each strip or tile."""
    entries = {256: [width], 257: [height], 258: [bits] * n_samples, 259: [1], 262: [photometric], 277: [n_samples]}
    body, offsets = b"", []
    for block in blocks:
        offsets.append(8 + len(body))
        body += block + b"\0" * (len(block) % 2)
    tiled = "tile" in tags
    entries[324 if tiled else 273] = offsets
    entries[325 if tiled else 279] = [len(block) for block in blocks]
    if tiled:
        entries[322], entries[323] = [tags["tile"][0]], [tags["tile"][1]]
    else:
        entries[278] = [height]
    numbers = {"planar": 284, "extra": 338, "palette": 320, "format": 339, "fill_order": 266, "orientation": 274}
    for key, number in numbers.items():
        if key in tags:
            entries[number] = tags[key]
    at = 8 + len(body)
    more_at = at + 2 + 12 * len(entries) + 4
    directory, more = struct.pack(end + "H", len(entries)), b""
    for number in sorted(entries):
        values = entries[number]
        kind = 4 if number in (256, 257, 273, 278, 279, 322, 323, 324, 325) else 3
        data = struct.pack(end + ("I" if kind == 4 else "H") * len(values), *values)
        if len(data) > 4:
            field = struct.pack(end + "I", more_at + len(more))
            more += data + b"\0" * (len(data) % 2)
        else:
            field = data.ljust(4, b"\0")
        directory += struct.pack(end + "HHI", number, kind, len(values)) + field
    write(name, (b"II*\0" if end == "<" else b"MM\0*") + struct.pack(end + "I", at) + body + directory
          + struct.pack(end + "I", 0) + more)


def bmp(name, width, height, bits, data, compression=0, masks=b"", palette=b"", colors=0, core=False):
    if core:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0, colors, 0)
    at = 14 + len(header) + len(masks) + len(palette)
    write(name, b"BM" + struct.pack("<IHHI", at + len(data), 0, 0, at) + header + masks + palette + data)


def make_jpeg():
    for width, height in ((1, 1), (7, 5), (33, 17)):
        rgb = Image.fromarray(photo(width, height, 3))
        size = f"{width}x{height}"
        for number, subsampling in enumerate(("444", "422", "420")):
            save(rgb, f"{size}_{subsampling}.jpg", subsampling=number, quality=80)
        save(rgb.convert("L"), f"{size}_grey.jpg")
        save(rgb, f"{size}_progressive.jpg", progressive=True, quality=60)
    save(rgb, "rgb_colours.jpg", keep_rgb=True)
    save(rgb, "restarts.jpg", restart_marker_blocks=1)
    save(Image.fromarray(photo(33, 17, 4), "CMYK"), "cmyk.jpg")
    save(Image.fromarray(photo(33, 17, 4), "CMYK").transpose(Image.Transpose.ROTATE_90), "cmyk_tall.jpg")
    exif = Image.Exif()
    exif[274] = 6
    save(rgb, "exif_rotated.jpg", exif=exif)


def make_png():
    for interlaced in (False, True):
        suffix = "_interlaced" if interlaced else ""
        for width, height in ((1, 1), (7, 5), (33, 17)):
            size = f"{width}x{height}{suffix}"
            png(f"{size}_rgb8.png", photo(width, height, 3), 8, 2, interlaced=interlaced)
        for bits in (1, 2, 4, 8):
            samples = RNG.integers(0, 1 << bits, (9, 11, 1))
            png(f"grey{bits}{suffix}.png", samples, bits, 0, interlaced=interlaced)
            palette = RNG.integers(0, 256, (1 << bits, 3))
            png(f"palette{bits}{suffix}.png", samples, bits, 3, palette=palette, interlaced=interlaced)
        png(f"rgb16{suffix}.png", RNG.integers(0, 65536, (9, 11, 3)), 16, 2, interlaced=interlaced)
        png(f"rgba16{suffix}.png", RNG.integers(0, 65536, (9, 11, 4)), 16, 6, interlaced=interlaced)
    png("rgba8.png", RNG.integers(0, 256, (9, 11, 4)), 8, 6)
    png("grey_alpha8.png", RNG.integers(0, 256, (9, 11, 2)), 8, 4)
    png("grey_alpha16.png", RNG.integers(0, 65536, (9, 11, 2)), 16, 4)
    png("grey8_trns.png", RNG.integers(0, 4, (9, 11, 1)), 8, 0, trns=b"\0\2")
    png("rgb8_trns.png", RNG.integers(0, 2, (9, 11, 3)), 8, 2, trns=b"\0\1\0\1\0\1")
    png("palette8_trns.png", RNG.integers(0, 6, (9, 11, 1)), 8, 3, palette=RNG.integers(0, 256, (6, 3)), trns=b"\0\x80\xff")


def make_tiff():
    width, height = 21, 13
    rgb, grey = Image.fromarray(photo(width, height, 3)), Image.fromarray(photo(width, height, 1)[..., 0])
    kinds = {"rgb": rgb, "grey": grey, "bilevel": grey.convert("1"), "palette": rgb.quantize(100),
             "rgba": Image.fromarray(photo(width, height, 4), "RGBA"),
             "cmyk": Image.fromarray(photo(width, height, 4), "CMYK"), "grey_alpha": grey.convert("LA")}
    for kind, image in kinds.items():
        for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
            save(image, f"{kind}_{compression}.tif", compression=compression)
    save(kinds["bilevel"], "bilevel_group4.tif", compression="group4")
    for kind in ("rgb", "grey", "cmyk"):
        save(kinds[kind], f"{kind}_jpeg.tif", compression="jpeg")
    save(rgb.convert("YCbCr"), "ycbcr_jpeg.tif", compression="jpeg")
    save(rgb.convert("YCbCr"), "ycbcr_lzw.tif", compression="tiff_lzw")
    save(rgb, "strips.tif", compression="tiff_lzw", strip_size=4 * width * 3)
    save(rgb, "big.tif", big_tiff=True)
    for orientation in range(1, 9):
        save(rgb, f"orientation{orientation}.tif", tiffinfo={274: orientation}, compression="tiff_lzw")
    for end, order in (("<", "le"), (">", "be")):
        wide3, wide4 = RNG.integers(0, 65536, (height, width, 3)), RNG.integers(0, 65536, (height, width, 4))
        bytes4 = wide4.astype(np.uint8)
        tiff(f"rgb16_{order}.tif", width, height, [wide3.astype(end + "u2").tobytes()], 16, 3, 2, end)
        tiff(f"rgba16_{order}.tif", width, height, [wide4.astype(end + "u2").tobytes()], 16, 4, 2, end, extra=[2])
        tiff(f"cmyk16_{order}.tif", width, height, [wide4.astype(end + "u2").tobytes()], 16, 4, 5, end)
        tiff(f"premultiplied16_{order}.tif", width, height, [wide4.astype(end + "u2").tobytes()], 16, 4, 2, end, extra=[1])
        tiff(f"premultiplied8_{order}.tif", width, height, [bytes4.tobytes()], 8, 4, 2, end, extra=[1])
        tiff(f"rgbx_{order}.tif", width, height, [bytes4.tobytes()], 8, 4, 2, end, extra=[0])
        planes = [bytes4[..., c].tobytes() for c in range(4)]
        tiff(f"planar_rgb_{order}.tif", width, height, planes[:3], 8, 3, 2, end, planar=[2])
        tiff(f"planar_rgba_{order}.tif", width, height, planes, 8, 4, 2, end, planar=[2], extra=[2])
        tiff(f"white_is_zero_{order}.tif", width, height, planes[:1], 8, 1, 0, end)
        tiles = [RNG.integers(0, 256, (16, 16, 3)).astype(np.uint8).tobytes() for _ in range(2)]
        tiff(f"tiles_{order}.tif", width, height, tiles, 8, 3, 2, end, tile=(16, 16))
        for bits in (1, 2, 4):
            packed = RNG.integers(0, 256, height * ((width * bits + 7) // 8)).astype(np.uint8).tobytes()
            palette = RNG.integers(256, 65536, 3 << bits).tolist()
            tiff(f"grey{bits}_{order}.tif", width, height, [packed], bits, 1, 1, end)
            tiff(f"grey{bits}_reversed_{order}.tif", width, height, [packed], bits, 1, 1, end, fill_order=[2])
            tiff(f"palette{bits}_{order}.tif", width, height, [packed], bits, 1, 3, end, palette=palette)


def make_webp():
    for width, height in ((1, 1), (7, 5), (33, 17)):
        rgb = Image.fromarray(photo(width, height, 3))
        save(rgb, f"{width}x{height}_lossy.webp", quality=80)
        save(rgb, f"{width}x{height}_lossless.webp", lossless=True)
    rgba = Image.fromarray(photo(33, 17, 4), "RGBA")
    save(rgba, "lossy_alpha.webp", quality=80)
    save(rgba, "lossless_alpha.webp", lossless=True, exact=True)


def make_bmp():
    for width, height in ((1, 1), (7, 5), (33, 17)):
        rgb = Image.fromarray(photo(width, height, 3))
        save(rgb, f"{width}x{height}_24.bmp")
    save(rgb.convert("1"), "bilevel.bmp")
    save(rgb.convert("L"), "grey.bmp")
    save(rgb.quantize(200), "palette8.bmp")
    save(rgb.convert("RGBA"), "rgba.bmp")
    width, height = 9, 6
    palette = RNG.integers(0, 256, (16, 4)).astype(np.uint8).tobytes()
    row4 = (width * 4 + 31) // 32 * 4
    packed = RNG.integers(0, 256, height * row4).astype(np.uint8).tobytes()
    bmp("palette4.bmp", width, height, 4, packed, palette=palette)
    bmp("palette4_top_down.bmp", width, -height, 4, packed, palette=palette)
    core_palette = RNG.integers(0, 256, (16, 3)).astype(np.uint8).tobytes()
    bmp("core.bmp", width, height, 4, packed, palette=core_palette, core=True)
    row1 = (width + 31) // 32 * 4
    bmp("palette1.bmp", width, height, 1, RNG.integers(0, 256, height * row1).astype(np.uint8).tobytes(), palette=palette[:8])
    row16 = (width * 16 + 31) // 32 * 4
    words = RNG.integers(0, 256, height * row16).astype(np.uint8).tobytes()
    bmp("rgb555.bmp", width, height, 16, words)
    bmp("rgb555_fields.bmp", width, height, 16, words, 3, struct.pack("<III", 0x7C00, 0x3E0, 0x1F))
    bmp("rgb565.bmp", width, height, 16, words, 3, struct.pack("<III", 0xF800, 0x7E0, 0x1F))
    pixels = RNG.integers(0, 256, height * width * 4).astype(np.uint8).tobytes()
    bmp("rgb32.bmp", width, height, 32, pixels)
    bmp("rgb32_top_down.bmp", width, -height, 32, pixels)
    bmp("rgb32_fields.bmp", width, height, 32, pixels, 3, struct.pack("<III", 0xFF000000, 0xFF0000, 0xFF00))
    runs8 = b"\5\3\4\7\0\0" + b"\0\5\1\2\3\4\5\0\4\6\0\0" + b"\x09\1\0\0" + b"\3\2\0\2\2\0\4\1\0\0" + b"\x09\5\0\0" + b"\x09\6\0\1"
    bmp("rle8.bmp", width, height, 8, runs8, 1, palette=palette[:40], colors=10)
    runs4 = b"\5\x34\4\x77\0\0" + b"\0\5\x12\x34\x50\0\4\x67\0\0" + b"\x09\x12\0\0" * 3 + b"\x09\x56\0\1"
    bmp("rle4.bmp", width, height, 4, runs4, 2, palette=palette)


def exceptions():
    """16-bit grey: Pillow clips at 255; image.h promises the high byte."""
    samples = RNG.integers(0, 65536, (9, 11, 1))
    expected = np.repeat(samples >> 8, 3, axis=2).astype(np.uint8)
    png("grey16.png", samples, 16, 0)
    png("grey16_interlaced.png", samples, 16, 0, interlaced=True)
    for end, order in (("<", "le"), (">", "be")):
        tiff(f"grey16_{order}.tif", 11, 9, [samples.astype(end + "u2").tobytes()], 16, 1, 1, end)
    return {name: expected for name in ("grey16.png", "grey16_interlaced.png", "grey16_le.tif", "grey16_be.tif")}


def exif_bytes(orientation, end="<", kind=3, count=1, prefix=b""):
    """One tag after another one, as cameras have it."""
    tags = [(271, 2, 4, b"Cam\0"), (274, kind, count, struct.pack(end + {1: "B", 3: "H", 4: "I", 9: "i"}[kind], orientation))]
    body = b"".join(struct.pack(end + "HHI", tag, t, n) + value.ljust(4, b"\0") for tag, t, n, value in tags)
    return prefix + (b"II*\0" if end == "<" else b"MM\0*") + struct.pack(end + "IH", 8, len(tags)) + body + b"\0" * 4


def make_exif():
    """All orientations in all formats that have them (TIFF: make_tiff()), then data that asks for nothing."""
    rgb = Image.fromarray(photo(21, 13, 3))
    for o in range(1, 9):
        end = "<>"[o % 2]
        save(rgb, f"exif{o}.jpg", exif=exif_bytes(o, end, prefix=b"Exif\0\0"))
        save(rgb, f"exif{o}.png", exif=exif_bytes(o, end))
        save(rgb, f"exif{o}_lossy.webp", exif=exif_bytes(o, end), quality=80)
        save(rgb, f"exif{o}_lossless.webp", exif=exif_bytes(o, end, prefix=b"Exif\0\0"), lossless=True)
    save(rgb, "exif_byte.jpg", exif=exif_bytes(6, kind=1, prefix=b"Exif\0\0"))
    save(rgb, "exif_long.png", exif=exif_bytes(8, kind=4))
    save(Image.fromarray(photo(21, 13, 1)[..., 0]), "exif_grey.jpg", exif=exif_bytes(7, prefix=b"Exif\0\0"))
    save(Image.fromarray(photo(21, 13, 4), "CMYK"), "exif_cmyk.jpg", exif=exif_bytes(5, prefix=b"Exif\0\0"))
    nothing = {"zero": exif_bytes(0), "nine": exif_bytes(9), "two_values": exif_bytes(6, count=2),
               "no_tag": exif_bytes(6).replace(struct.pack("<H", 274), struct.pack("<H", 275)),
               "cut": exif_bytes(6)[:20], "empty": b"II*\0", "far": b"II*\0" + struct.pack("<I", 0xFFFFFFF0) + b"\0" * 20,
               "many": b"II*\0" + struct.pack("<IH", 8, 65535) + b"\1" * 24, "noise": bytes(range(7, 60))}
    pixels = {}
    for kind, data in nothing.items():
        for ending in ("jpg", "png", "webp"):
            name = f"exif_{kind}.{ending}"
            save(rgb, name, exif=(b"Exif\0\0" if ending == "jpg" else b"") + data, **({"lossless": True} if ending == "webp" else {}))
            pixels[name] = np.array(Image.open(os.path.join(FILES, name)).convert("RGB"))
    return pixels


def make_deep():
    """16-bit files of cameras with fewer bits: image.h promises the high 8 of the bits in use."""
    expected = {}
    for bits in (8, 10, 12, 16):
        for n_samples, color_type, photometric in ((1, 0, 1), (3, 2, 2)):
            samples = RNG.integers(0, 1 << bits, (9, 11, n_samples))
            samples[0, 0, 0] = (1 << bits) - 1
            rgb = np.repeat(samples >> bits - 8, 3 // n_samples, axis=2).astype(np.uint8)
            names = [f"deep{bits}_{n_samples}{kind}" for kind in (".png", "_interlaced.png", "_le.tif", "_be.tif")]
            png(names[0], samples, 16, color_type)
            png(names[1], samples, 16, color_type, interlaced=True)
            tiff(names[2], 11, 9, [samples.astype("<u2").tobytes()], 16, n_samples, photometric)
            tiff(names[3], 11, 9, [samples.astype(">u2").tobytes()], 16, n_samples, photometric, ">")
            expected.update({name: rgb for name in names})
    alpha = np.full((9, 11, 1), 65535) # does not make the colours deeper
    colors = RNG.integers(0, 256, (9, 11, 3))
    png("deep8_alpha.png", np.concatenate([colors, alpha], 2), 16, 6)
    tiff("deep8_alpha.tif", 11, 9, [np.concatenate([colors, alpha], 2).astype("<u2").tobytes()], 16, 4, 2, extra=[2])
    expected.update({name: colors.astype(np.uint8) for name in ("deep8_alpha.png", "deep8_alpha.tif")})
    packed = RNG.integers(0, 256, 9 * 18).astype(np.uint8) # 12 bits a sample, 16.5 bytes a row
    digits = np.unpackbits(packed.reshape(9, 18), axis=1)[:, :132].reshape(9, 11, 12)
    values = digits @ (1 << np.arange(11, -1, -1)) // 8 # below 512: as deep as the file says all the same
    rows = np.packbits(((values[..., None] >> np.arange(11, -1, -1)) & 1).astype(np.uint8).reshape(9, 132), axis=1)
    tiff("packed12.tif", 11, 9, [np.pad(rows, ((0, 0), (0, 17 - rows.shape[1]))).tobytes()], 12, 1, 1)
    expected["packed12.tif"] = np.repeat((values >> 4)[..., None], 3, axis=2).astype(np.uint8)
    return expected


def list_decoded(expected):
    with open(os.path.join(HERE, "decode.txt"), "w") as out:
        for name in sorted(os.listdir(FILES)):
            rgb = expected.get(name)
            if rgb is None:
                rgb = np.array(ImageOps.exif_transpose(Image.open(os.path.join(FILES, name))).convert("RGB"))
            out.write(f"{name} {rgb.shape[1]} {rgb.shape[0]} {zlib.crc32(rgb.tobytes()):08x}\n")


def list_resized():
    sizes = [1, 2, 3, 5, 8, 17, 33, 64, 100, 151]
    cases = [(w, h, u, v) for w in (1, 7, 33) for h in (1, 5, 17) for u in (1, 3, 16, 50) for v in (1, 4, 31)]
    cases += [tuple(int(n) for n in RNG.choice(sizes, 4)) for _ in range(150)]
    cases += [(512, 384, 448, 448), (300, 700, 448, 448), (200, 349, 448, 448), (1500, 1000, 448, 448),
              (448, 448, 448, 448), (448, 600, 448, 448), (600, 448, 448, 448), (1000, 2000, 224, 224),
              (100000, 3, 448, 448), (200000, 1, 70, 5), (1, 90000, 3, 40)]
    with open(os.path.join(HERE, "resize.txt"), "w") as out:
        for width, height, new_width, new_height in cases:
            image = Image.fromarray(pattern(width, height))
            for name, kind in (("bilinear", Image.Resampling.BILINEAR), ("bicubic", Image.Resampling.BICUBIC)):
                crc = zlib.crc32(image.resize((new_width, new_height), kind).tobytes())
                out.write(f"{name} {width} {height} {new_width} {new_height} {crc:08x}\n")


def list_colors():
    with open(os.path.join(HERE, "colors.txt"), "w") as out:
        for name in ("viridis", "inferno", "turbo"):
            for value in [0.0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999, 1.0]:
                r, g, b, _ = matplotlib.colormaps[name](value, bytes=True)
                out.write(f"{name} {value} {r} {g} {b}\n")


if __name__ == "__main__":
    os.makedirs(FILES, exist_ok=True)
    for name in os.listdir(FILES):
        os.remove(os.path.join(FILES, name))
    make_jpeg()
    make_png()
    make_tiff()
    make_webp()
    make_bmp()
    expected = exceptions()
    list_resized() # draws from RNG, too
    expected.update(make_exif())
    expected.update(make_deep())
    list_decoded(expected)
    list_colors()
