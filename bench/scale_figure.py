#!/usr/bin/env python3
"""Draws time against rows, both axes logarithmic: lines of "rows purebank faiss", seconds an image.

    scale_figure.py TABLE FIGURE.svg
"""
import math
import sys

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 400, 70, 130, 20, 50
SERIES = (("purebank", "#0072b2"), ("faiss IndexFlatL2", "#d55e00"))


def axis(low, high):
    """Powers of ten around the values."""
    return math.floor(math.log10(low)), math.ceil(math.log10(high))


def main():
    table = [tuple(map(float, line.split())) for line in open(sys.argv[1])]
    times = [t for row in table for t in row[1:]]
    x_low, x_high = math.log10(table[0][0]) - 0.1, math.log10(table[-1][0]) + 0.1
    y_low, y_high = axis(min(times), max(times))

    def place(rows, seconds):
        x = LEFT + (math.log10(rows) - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)
        y = TOP + (y_high - math.log10(seconds)) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)
        return x, y

    svg = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for power in range(y_low, y_high + 1):
        y = place(table[0][0], 10.0**power)[1]
        svg.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        svg.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for rows, *_ in table:
        x = place(rows, 10.0**y_low)[0]
        svg.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        svg.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{int(rows):,}</text>')
    for i, (name, colour) in enumerate(SERIES):
        points = [place(row[0], row[1 + i]) for row in table]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        svg.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        svg.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in points)
        svg.append(f'<text x="{points[-1][0] + 10:.1f}" y="{points[-1][1] + 4:.1f}" fill="{colour}">{name}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    svg.append(f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">rows of the bank</text>')
    svg.append(
        f'<text transform="translate(18 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">'
        "seconds of processors an image</text>"
    )
    svg.append("</svg>")
    with open(sys.argv[2], "w") as file:
        file.write("\n".join(svg) + "\n")


if __name__ == "__main__":
    main()
