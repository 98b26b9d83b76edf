"""What the tests of pages in headless Chromium share: the program, the browser, and photos of striped plates."""
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None

SKIPPED = 77
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
PROGRAM = ""


def write_png(path, side, pixel):
    """An RGB PNG; pixel(x, y) is a grey value."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"".join(bytes([pixel(x, y)] * 3) for x in range(side)) for y in range(side))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def write_plate(path, seed, blot=0, area=0):
    """A striped plate with noise; where `area` > 0, pixels closer than its root to one place are brighter by `blot`."""
    noise = random.Random(seed)

    def pixel(x, y):
        brighter = blot if (x - 60) ** 2 + (y - 40) ** 2 < area else 0
        return min(255, 90 + 20 * (x // 8 % 2) + noise.randrange(12) + brighter)
    write_png(path, 112, pixel)


def run(*arguments):
    """Runs the program; what it wrote to standard output."""
    done = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{arguments} exited with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done.stdout


class PageTest(unittest.TestCase):
    """Each class of tests has a folder, and a browser that complains of nothing."""
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="purebank-browser-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.make_pages()
        options = Options()
        options.binary_location = CHROMIUM
        for switch in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1200,900"):
            options.add_argument(switch)
        options.add_experimental_option("prefs", {"download.default_directory": cls.folder})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.browser = webdriver.Chrome(options=options, service=Service(DRIVER))
        cls.addClassCleanup(cls.browser.quit)

    @classmethod
    def make_pages(cls):
        """What the tests look at, in cls.folder."""
        raise NotImplementedError

    @classmethod
    def path(cls, *parts):
        return os.path.join(cls.folder, *parts)

    def tearDown(self):
        self.assertEqual([entry for entry in self.browser.get_log("browser") if "favicon" not in entry["message"]], [])

    def assert_needs_nothing_but_itself(self):
        sources = self.browser.execute_script("return performance.getEntriesByType('resource').map((r) => r.name)")
        self.assertEqual([source for source in sources if not source.startswith("data:")], [])
        self.assertEqual(self.browser.execute_script(
            "return [...document.images].filter((i) => !i.complete || i.naturalWidth < 100).length"), 0)

    def assert_follows_dark_mode(self):
        def background(scheme):
            self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                         {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
            return self.browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        self.assertNotEqual(background("light"), background("dark"))

    def show_on_a_phone(self):
        """Until show_on_a_desk()."""
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                     {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True})
        self.assertLessEqual(self.browser.execute_script("return document.documentElement.scrollWidth"), 360)

    def show_on_a_desk(self):
        self.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def main(usage):
    """Of a test program: its only argument is the program that is tested."""
    global PROGRAM
    if len(sys.argv) != 2:
        sys.exit(usage)
    PROGRAM = os.path.abspath(sys.argv.pop())
    if webdriver is None or CHROMIUM is None or DRIVER is None:
        print("skipped: needs chromium, chromium-driver and python3-selenium")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
