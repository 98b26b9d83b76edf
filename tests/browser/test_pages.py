#!/usr/bin/env python3
"""What pages look like in headless Chromium, at the widths of a large screen, a laptop and a telephone, light and dark: nothing is cut,
no line runs through a caption, drawings are dark in the dark, and pictures become as large as the window.

    test_pages.py PROGRAM      exit status 77: Chromium, its driver or Selenium is not installed
"""
import os
import shutil

import harness
from harness import run

# Without Selenium nothing runs: harness.main() says so.
try:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    pass

WIDTHS = (1920, 1400, 400)


def write_parts(folder, n, first_seed, faulty):
    """Faulty ones have a bright blot, which the one has larger than the other."""
    os.makedirs(folder)
    for i in range(n):
        harness.write_plate(os.path.join(folder, f"{i:02}.png"), first_seed + i, blot=90, area=4 ** (i + 2) if faulty else 0)


def write_results(path):
    """Six methods at seven c: as wide as the tables of a study get."""
    methods = (("none", ""), ("imgmax_mad", "1.0"), ("imgmax_mad", "1.5"), ("imgmax_mad", "2.0"), ("ensemble_loo_mahal", ""),
               ("oracle_patch", ""))
    rows = ["dataset;setup;method;param_k;contamination_rate;seed;train_limit;knn_k;n_images_removed;removal_precision;"
            "removal_recall;img_auroc"]
    for i, dataset in enumerate(("mvtec_AD/bottle", "mvtec_AD/screw", "VisA/pcb1", "mvtec_loco_AD/pushpins")):
        for c in range(7):
            for m, (method, k) in enumerate(methods):
                for seed in (0, 1):
                    auroc = 0.9 + 0.01 * i - (0.2 - 0.02 * m) * 0.05 * c + 0.001 * seed
                    rows.append(f"{dataset};disjoint;{method};{k};{0.05 * c:.2f};{seed};10;5;2;0.5;0.5;{auroc:.4f}")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")


class Pages(harness.PageTest):
    @classmethod
    def make_pages(cls):
        path = cls.path
        write_parts(path("refs"), 8, 0, False)
        write_parts(path("test", "good"), 4, 20, False)
        write_parts(path("test", "blot"), 2, 40, True)
        write_parts(path("weak", "good"), 4, 60, False)  # defects that nobody sees: the threshold lies right of all parts
        write_parts(path("weak", "nothing"), 3, 80, False)
        write_results(path("results.csv"))
        run("fit", path("refs"), "-o", path("a.bank"), "--report", path("fit.html"))
        run("sensitivity", path("a.bank"), "--limit", "2", "--report", path("sensitivity.html"))
        run("audit", path("refs"), "--report", path("audit.html"))
        run("eval", path("a.bank"), path("test"), "--report", path("eval.html"))
        run("eval", path("a.bank"), path("weak"), "--report", path("weak.html"))
        run("report", path("results.csv"), "-o", path("study.html"))

    def open(self, page, width, scheme="light"):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                     {"features": [{"name": "prefers-color-scheme", "value": scheme},
                                                   {"name": "prefers-reduced-motion", "value": "reduce"}]})
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                     {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        self.browser.get("file://" + self.path(page + ".html"))

    def test_nothing_is_wider_than_the_window(self):
        for page in ("audit", "fit", "eval", "study", "sensitivity"):
            for width in WIDTHS:
                self.open(page, width)
                self.browser.execute_script("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
                self.assertTrue(self.browser.execute_script("""
                    return document.documentElement.scrollWidth === document.documentElement.clientWidth;"""), f"{page} at {width}")

    def test_no_table_is_cut_on_a_laptop(self):
        for page in ("study", "fit"):
            for width in (1920, 1400):
                self.open(page, width)
                self.assertEqual(self.browser.execute_script("""
                    return [...document.querySelectorAll(".scroll")].filter((box) => box.scrollWidth > box.clientWidth)
                      .map((box) => `${box.ariaLabel}: ${box.scrollWidth} > ${box.clientWidth}`);"""), [], page)

    def test_drawn_defects_stand_by_size_and_contrast(self):
        self.open("fit", 1400)
        self.assertEqual(len(self.browser.find_elements(By.CSS_SELECTOR, "#sensitivity table tbody tr")), 15)
        details = self.browser.find_element(By.CSS_SELECTOR, "#sensitivity details")
        self.assertFalse(details.get_attribute("open"))
        details.find_element(By.CSS_SELECTOR, "summary").click()
        tops = [picture.rect["y"] for picture in details.find_elements(By.CSS_SELECTOR, "img")]
        self.assertEqual(len(tops), 60)
        for row in range(0, 60, 4):  # a row for each size, a column for each contrast
            self.assertEqual(len(set(tops[row:row + 4])), 1)
            self.assertLess(tops[row], tops[row + 4] if row + 4 < 60 else float("inf"))

    def test_lines_keep_clear_of_captions(self):
        for page in ("audit", "fit", "eval", "weak"):
            for width in WIDTHS:
                self.open(page, width)
                self.assertEqual(self.browser.execute_script("""
                    const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
                    const wrong = [];
                    for (const chart of document.querySelectorAll("svg.chart")) {
                      const texts = [...chart.querySelectorAll("text:not(.tick)")];
                      for (const text of texts)
                        for (const other of [...chart.querySelectorAll("path.limit"), ...texts])
                          if (other !== text && !apart(text.getBoundingClientRect(), other.getBoundingClientRect()))
                            wrong.push(`${text.textContent} | ${other.textContent || "the line"}`);
                    }
                    return wrong;"""), [], f"{page} at {width}")

    def test_drawings_are_dark_in_the_dark(self):
        if not shutil.which("gnuplot"):
            self.skipTest("drawings need gnuplot")
        for scheme, low, high in (("light", 0.9, 1), ("dark", 0, 0.2)):
            self.open("study", 1400, scheme)
            drawing = self.browser.find_element(By.CSS_SELECTOR, ".drawn img")
            self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", drawing)
            # The corner's colour as it is on the screen, read back from a picture of it.
            level = self.browser.execute_async_script("""
                const [png, done] = arguments;
                const picture = new Image();
                picture.onload = () => {
                  const canvas = document.createElement("canvas");
                  canvas.getContext("2d").drawImage(picture, 0, 0);
                  done(canvas.getContext("2d").getImageData(4, 4, 1, 1).data[0] / 255);
                };
                picture.src = "data:image/png;base64," + png;""", drawing.screenshot_as_base64)
            self.assertTrue(low <= level <= high, f"{scheme}: {level}")

    def test_pictures_become_as_large_as_the_window(self):
        for page, pictures in (("audit", ".pictures img"), ("eval", ".pictures img"), ("fit", ".pictures img"),
                               ("study", ".drawn img")):
            if page == "study" and not shutil.which("gnuplot"):
                continue
            self.open(page, 1400)
            first, second = self.browser.find_elements(By.CSS_SELECTOR, pictures)[:2]
            first.click()
            dialog = self.browser.find_element(By.CSS_SELECTOR, "dialog.zoom")
            self.assertTrue(dialog.is_displayed())
            shown = dialog.find_element(By.CSS_SELECTOR, "img")
            self.assertEqual(shown.get_attribute("src"), first.get_attribute("src"))
            self.assertGreater(shown.size["height"], 800)
            self.browser.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
            shown = dialog.find_element(By.CSS_SELECTOR, "img")
            self.assertEqual(shown.get_attribute("src"), second.get_attribute("src"))
            self.assertIn(second.get_attribute("alt"), dialog.text)
            self.browser.switch_to.active_element.send_keys(Keys.ESCAPE)
            self.assertFalse(dialog.is_displayed())
            self.assertEqual(self.browser.switch_to.active_element, second)
            second.send_keys(Keys.ENTER)
            self.assertTrue(dialog.is_displayed())
            dialog.click()
            self.assertFalse(dialog.is_displayed())


if __name__ == "__main__":
    harness.main(__doc__)
