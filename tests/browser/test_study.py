#!/usr/bin/env python3
"""The page of a study in headless Chromium: the bar shows what is asked for, by mouse and by keyboard, and nothing else.

    test_study.py PROGRAM      exit status 77: Chromium, its driver or Selenium is not installed
"""
import harness

# Without Selenium nothing runs: harness.main() says so.
try:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select
except ImportError:
    pass

HEADER = ("timestamp;dataset;setup;config;method;param_k;contamination_rate;seed;train_limit;knn_k;n_train_original;"
          "n_contaminated;n_images_removed;n_contaminated_removed;removal_precision;removal_recall;image_score_det_auroc;"
          "n_patches_after;n_test;n_normal_test;n_anomaly_test;img_auroc;img_aupr;img_f1max;tpr_fpr1;tpr_fpr5;elapsed_s")


def write_results(path):
    """Two setups, two N, three c, three benchmarks; the AUROC is arbitrary, but different in every cell."""
    rows = [HEADER]
    for i, dataset in enumerate(("mvtec_AD/bottle", "mvtec_AD/screw", "VisA/pcb1", "btad/01")):
        for s, setup in enumerate(("disjoint", "shared")):
            for limit in (10, 20):
                for c in (0.0, 0.1, 0.3):
                    for m, (method, k) in enumerate((("none", ""), ("imgmax_mad", "1.5"), ("oracle_patch", ""))):
                        for seed in (0, 1):
                            auroc = 0.8 + 0.02 * i + 0.01 * s + 0.0005 * limit - (0.1 - 0.03 * m) * c + 0.001 * seed
                            rows.append(f"t;{dataset};{setup};x;{method};{k};{c};{seed};{limit};5;200;3;1;1;1.0;0.5;0.9;7000;80;40;"
                                        f"40;{auroc:.4f};0.8;0.7;0.2;0.5;1.0")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")


class StudyPage(harness.PageTest):
    @classmethod
    def make_pages(cls):
        results, cls.page = cls.path("results.csv"), cls.path("report.html")
        write_results(results)
        harness.run("report", results, "-o", cls.page)

    def setUp(self):
        self.browser.get("about:blank")
        self.browser.get("file://" + self.page)

    def choose(self, **wanted):
        for key, value in wanted.items():
            Select(self.browser.find_element(By.ID, "filter-" + key)).select_by_value(value)

    def shown(self):
        """The panels that are not hidden, by id."""
        return [panel.get_attribute("id") for panel in self.browser.find_elements(By.CSS_SELECTOR, ".panel[id]")
                if panel.is_displayed()]

    def cells(self, panel):
        """The texts of a table's visible cells, row by row; without headings of groups."""
        return self.browser.execute_script("""
            const table = document.getElementById(arguments[0]).querySelector("table");
            return [...table.rows].filter((row) => row.checkVisibility() && !row.matches(".group, .groups")).map((row) =>
              [...row.cells].filter((cell) => cell.checkVisibility()).map((cell) => cell.textContent));""", panel)

    def test_everything_is_shown_at_first(self):
        panels = self.browser.find_elements(By.CSS_SELECTOR, ".panel[id], .panel.drawn")
        self.assertTrue(all(panel.is_displayed() for panel in panels))
        self.assertIn(f"{len(panels)} of {len(panels)} ", self.browser.find_element(By.ID, "shown").text)
        self.assertEqual(self.cells("main_disjoint")[0], ["method", "c = 0", "c = 0.1", "c = 0.3"])

    def test_a_setup_leaves_the_other_out(self):
        self.choose(setup="disjoint")
        shown = self.shown()
        self.assertIn("main_disjoint", shown)
        self.assertEqual([name for name in shown if "shared" in name], [])
        self.assertEqual([figure.get_attribute("data-setup") for figure in self.browser.find_elements(By.CSS_SELECTOR, ".drawn")
                          if figure.is_displayed() and figure.get_attribute("data-setup") != "disjoint"], [])
        self.assertEqual(self.cells("setups")[0], ["method", "AUROC", "gain", "recovery %"])
        groups = self.browser.find_elements(By.CSS_SELECTOR, "#setups tr.groups > *")
        self.assertEqual([(cell.text, cell.get_attribute("colspan")) for cell in groups if cell.is_displayed()],
                         [("", "1"), ("disjoint", "3")])

    def test_n_and_c_leave_rows_and_columns(self):
        self.choose(n="20", c="0.1", setup="shared")
        rows = self.cells("main_shared")
        self.assertEqual(rows[0], ["method", "c = 0.1"])
        self.assertEqual([row[0] for row in rows[1:]], ["none", "oracle", "audit max, k 1.5"])
        # 0.8 + 0.03 (mean of the categories) + 0.01 + 0.01 - 0.01 + 0.0005; the seeds' deviation is 0.001 / sqrt(2)
        self.assertEqual(rows[1][1].replace("\u2009", " "), "0.8405 \u00b1 0.0007")
        shown = self.shown()
        self.assertIn("methods_shared_N20_c0.1", shown)
        self.assertNotIn("methods_shared_N10_c0.1", shown)
        self.assertNotIn("methods_shared_N20", shown)
        self.assertEqual(self.cells("methods_shared_N20_c0.1")[2][:2], ["none", "0.8405"])  # and it is open

    def test_a_benchmark_leaves_its_own_numbers(self):
        self.choose(benchmark="VisA", n="10")
        shown = self.shown()
        self.assertNotIn("main_disjoint", shown)  # all benchmarks together
        self.assertEqual(self.cells("benchmarks_disjoint")[0], ["method", "VisA (1)"])
        self.assertEqual([row[0] for row in self.cells("categories_disjoint_N10")], ["category", "VisA/pcb1"])
        links = [link.get_attribute("hash") for link in self.browser.find_elements(By.CSS_SELECTOR, ".contents li:not([hidden]) a")]
        self.assertEqual(sorted(links), sorted("#" + name for name in shown))

    def test_the_keyboard_is_enough(self):
        """The selects follow each other; the button shows everything again."""
        first = self.browser.find_element(By.ID, "filter-setup")
        first.send_keys("s")
        self.assertEqual(Select(first).first_selected_option.text, "shared")
        self.assertEqual([name for name in self.shown() if "disjoint" in name], [])
        for expected in ("filter-n", "filter-c", "filter-benchmark"):
            self.browser.switch_to.active_element.send_keys(Keys.TAB)
            self.assertEqual(self.browser.switch_to.active_element.get_attribute("id"), expected)
        self.browser.switch_to.active_element.send_keys(Keys.TAB)
        self.assertEqual(self.browser.switch_to.active_element.text, "Show all")
        self.browser.switch_to.active_element.send_keys(Keys.ENTER)
        self.browser.execute_async_script("setTimeout(arguments[0], 50)")
        self.assertIn("main_disjoint", self.shown())

    def test_what_is_wider_than_the_screen_scrolls_by_itself(self):
        self.show_on_a_phone()
        for box in self.browser.find_elements(By.CSS_SELECTOR, ".scroll"):
            self.assertEqual(box.get_attribute("tabindex"), "0")
            self.assertTrue(box.get_attribute("aria-label"))
        self.show_on_a_desk()

    def test_it_needs_nothing_but_itself_and_follows_dark_mode(self):
        self.assert_needs_nothing_but_itself()
        self.assert_follows_dark_mode()

    def test_it_reads_without_scripts(self):
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        self.browser.get("file://" + self.page)
        self.assertFalse(self.browser.find_element(By.ID, "filters").is_displayed())
        self.assertEqual(len(self.shown()), len(self.browser.find_elements(By.CSS_SELECTOR, ".panel[id]")))
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


if __name__ == "__main__":
    harness.main(__doc__)
