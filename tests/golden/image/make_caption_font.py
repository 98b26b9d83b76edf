"""Prints the table of src/image/caption_font.h: the characters ' ' to '~' of the X Window System's fixed font 6x13, 13 rows of 6 bits.

Usage: make_caption_font.py 6x13-ISO8859-1.pcf.gz (Debian: xfonts-base). The font is in the public domain ("Public domain font.  Share
and enjoy."). Made with Pillow 13.0.0."""
import gzip
import io
import sys

from PIL import PcfFontFile

WIDTH, HEIGHT, ASCENT = 6, 13, 11

font = PcfFontFile.PcfFontFile(io.BytesIO(gzip.open(sys.argv[1]).read()))
for code in range(ord(" "), ord("~") + 1):
    _, (x0, y0, _, _), _, picture = font.glyph[code]
    rows = [0] * HEIGHT
    for y in range(picture.height):
        for x in range(picture.width):
            if picture.getpixel((x, y)):
                rows[y + y0 + ASCENT] |= 1 << (WIDTH - 1 - x - x0)
    print("    {%s}, /* %s */" % (", ".join("0x%02x" % row for row in rows), chr(code) if chr(code) not in "*/\\" else "%d" % code))
