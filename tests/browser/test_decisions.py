#!/usr/bin/env python3
"""The audit page in headless Chromium: a person changes decisions by mouse and by keyboard and saves them; `fit
--decisions` then makes a bank of exactly the images kept, and `audit --decisions` opens with them filled in.

    test_decisions.py PROGRAM      exit status 77: Chromium, its driver or Selenium is not installed
"""
import json
import os
import shutil
import struct
import time

import harness
from harness import run

# Without Selenium nothing runs: harness.main() says so.
try:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    pass

NAMES = ["00.png", "01 space.png", "02 <b>&amp;'.png", "03 sch\u00f6n.png", "04.png", "05.png", "06.png", "07.png", "08.png"]
BAD = 4  # the index of the reference with a fault


def write_references(folder):
    """One has a bright blot."""
    os.mkdir(folder)
    for i, name in enumerate(NAMES):
        harness.write_plate(os.path.join(folder, name), i, blot=110, area=150 if i == BAD else 0)


def images_of_rows(bank):
    """The references that a bank's descriptors came from: tensor image_of_row of the safetensors file."""
    with open(bank, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        begin, end = json.loads(file.read(size))["image_of_row"]["data_offsets"]
        file.seek(8 + size + begin)
        return set(struct.unpack(f"<{(end - begin) // 4}i", file.read(end - begin)))


class AuditPage(harness.PageTest):
    @classmethod
    def make_pages(cls):
        cls.references = os.path.join(cls.folder, "refs")
        write_references(cls.references)
        cls.page = os.path.join(cls.folder, "audit.html")
        audit = json.loads(run("audit", cls.references, "--report", cls.page, "--json", "-"))
        cls.audited = [image["decision"] for image in audit["images"]]
        cls.kept = [i for i, decision in enumerate(cls.audited) if decision == "keep"]

    def setUp(self):
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
        self.browser.get("about:blank")  # so that a page with unsaved changes is left for good
        self.browser.get("file://" + self.page)

    def tearDown(self):
        super().tearDown()
        self.browser.execute_script("document.querySelectorAll('input').forEach((i) => { i.checked = i.defaultChecked; });"
                                    "document.dispatchEvent(new Event('change'));")

    def text(self, element_id):
        return self.browser.find_element(By.ID, element_id).text

    def card(self, name):
        for card in self.browser.find_elements(By.CSS_SELECTOR, ".card"):
            if card.find_element(By.CSS_SELECTOR, "h3 bdi").text == name:
                return card
        raise AssertionError(f"no card of {name}")

    def chosen(self, name):
        return self.card(name).find_element(By.CSS_SELECTOR, "input:checked").get_attribute("value")

    def decide_by_click(self, name, decision):
        control = self.card(name).find_element(By.CSS_SELECTOR, f"input[value={decision}]")
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", control)
        control.click()

    def decide_by_keyboard(self, name, *keys):
        """Focuses the chosen radio button, as the tab key does, and presses keys."""
        chosen = self.card(name).find_element(By.CSS_SELECTOR, "input:checked")
        self.browser.execute_script("arguments[0].focus()", chosen)
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)

    def save_by_keyboard(self):
        """From the last radio button on, one tab leads to the close-up and the next to the button."""
        path = os.path.join(self.folder, "decisions.json")
        if os.path.exists(path):
            os.remove(path)
        groups = self.browser.find_elements(By.CSS_SELECTOR, ".choices")
        self.browser.execute_script("arguments[0].focus()", groups[-1].find_element(By.CSS_SELECTOR, "input:checked"))
        self.browser.switch_to.active_element.send_keys(Keys.TAB)
        self.assertIn("Close-up", self.browser.switch_to.active_element.text)
        self.browser.switch_to.active_element.send_keys(Keys.TAB)
        self.assertEqual(self.browser.switch_to.active_element.text, "Save decisions.json")
        self.browser.switch_to.active_element.send_keys(Keys.ENTER)
        deadline = time.monotonic() + 20
        while not os.path.exists(path) and time.monotonic() < deadline:
            time.sleep(0.05)
        with open(path, encoding="utf-8") as file:
            return json.load(file), path

    def assert_summary(self, n_leave, rest=""):
        self.assertEqual(self.text("summary"), f"{len(NAMES) - n_leave} stay, {n_leave} leave{rest}")

    def test_a_bank_holds_exactly_the_images_kept(self):
        n_audited = self.audited.count("remove")
        clicked, keyed = self.kept[1], self.kept[2]
        self.assert_summary(n_audited)
        self.assertEqual(self.text("state"), "No changes yet")
        self.decide_by_click(NAMES[clicked], "remove")
        self.assert_summary(n_audited + 1)
        self.assertIn("Unsaved changes", self.text("state"))
        self.decide_by_keyboard(NAMES[keyed], Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        self.assert_summary(n_audited + 2, " (1 to recapture)")
        self.decide_by_keyboard(NAMES[BAD], Keys.ARROW_LEFT)  # a person may overrule the audit both ways
        self.assert_summary(n_audited + 1, " (1 to recapture)")
        expected = list(self.audited)
        expected[clicked], expected[keyed], expected[BAD] = "remove", "recapture", "keep"
        decisions, path = self.save_by_keyboard()
        self.assertIn("Saved", self.text("state"))
        self.assertEqual((decisions["format"], decisions["version"], decisions["rule"], decisions["multiplier"]),
                         ("purebank-decisions", 1, "imgt5_k1_mad", 1.5))
        self.assertEqual([image["decision"] for image in decisions["images"]], expected)
        self.assertEqual([os.path.basename(image["path"]) for image in decisions["images"]], NAMES)
        self.assertTrue(all(len(image["sha256"]) == 64 for image in decisions["images"]))

        bank = os.path.join(self.folder, "part.bank")
        run("fit", self.references, "-o", bank, "--decisions", path)
        held = json.loads(run("info", "--json", "-", bank))["references"]
        self.assertEqual([(os.path.basename(reference["path"]), reference["decision"]) for reference in held],
                         list(zip(NAMES, expected)))
        self.assertEqual(images_of_rows(bank), {i for i, decision in enumerate(expected) if decision == "keep"})

    def test_earlier_decisions_are_filled_in(self):
        """A photo is taken again, one is added and one goes: the others keep what was decided about them."""
        kept, again = self.kept[0], self.kept[1]
        self.decide_by_click(NAMES[kept], "remove")
        self.decide_by_click(NAMES[again], "recapture")
        _, path = self.save_by_keyboard()
        references = os.path.join(self.folder, "refs of the next day")
        shutil.copytree(self.references, references)
        os.rename(os.path.join(references, NAMES[again]), os.path.join(references, "09 new.png"))
        shutil.copy(os.path.join(references, NAMES[8]), os.path.join(references, NAMES[again]))
        with open(os.path.join(references, NAMES[again]), "ab") as file:
            file.write(b"another photo, to its digest")
        with open(os.path.join(references, "09 new.png"), "ab") as file:
            file.write(b"another photo, to its digest, too")
        with open(path, encoding="utf-8") as file:
            decisions = json.load(file)
        for image in decisions["images"]:
            image["path"] = image["path"].replace(self.references, references)
        decisions["images"].append({"path": "gone.png", "sha256": "", "decision": "keep"})
        old, page = os.path.join(self.folder, "old.json"), os.path.join(self.folder, "again.html")
        with open(old, "w", encoding="utf-8") as file:
            json.dump(decisions, file)
        run("audit", references, "--decisions", old, "--report", page)
        self.browser.get("about:blank")
        self.browser.get("file://" + page)
        note = self.browser.find_element(By.CSS_SELECTOR, "p.recall").text
        for words in (f"for {len(NAMES) - 1} of {len(NAMES) + 1} images", "1 photo has changed", "1 image is new", "gone.png"):
            self.assertIn(words, note)
        self.assertIn("Save again", self.text("state"))
        self.assertEqual(self.chosen(NAMES[kept]), "remove")
        self.assertIn("As you decided earlier", self.card(NAMES[kept]).text)
        self.assertEqual(self.chosen(NAMES[again]), "keep")
        self.assertIn("Another photo", self.card(NAMES[again]).text)
        self.assertIn("New since", self.card("09 new.png").text)
        self.decide_by_click(NAMES[kept], "keep")
        self.assertNotIn("As you decided earlier", self.card(NAMES[kept]).text)
        saved, path = self.save_by_keyboard()
        self.assertEqual(len(saved["images"]), len(NAMES) + 1)
        run("fit", references, "-o", os.path.join(self.folder, "again.bank"), "--decisions", path)

    def test_every_reference_has_a_closeup(self):
        """That of the flagged one is open; others open by keyboard."""
        def shown(card):
            return [self.browser.execute_script("return arguments[0].checkVisibility()", patch)
                    for patch in card.find_elements(By.CSS_SELECTOR, ".patch")]
        card = self.card(NAMES[self.kept[0]])
        self.assertEqual(shown(self.card(NAMES[BAD])), [True, True])
        self.assertEqual(shown(card), [False, False])
        card.find_element(By.CSS_SELECTOR, "summary").send_keys(Keys.ENTER)
        self.assertEqual(shown(card), [True, True])

    def test_taking_a_change_back_leaves_nothing_unsaved(self):
        self.decide_by_click(NAMES[self.kept[0]], "recapture")
        self.assertIn("Unsaved changes", self.text("state"))
        self.decide_by_click(NAMES[self.kept[0]], "keep")
        self.assertEqual(self.text("state"), "No changes yet")

    def test_the_page_needs_nothing_but_itself(self):
        self.assert_needs_nothing_but_itself()
        self.assertEqual(self.browser.execute_script("return document.images.length"), 2 * len(NAMES))
        self.assertEqual(len(self.browser.find_elements(By.CSS_SELECTOR, ".card")), len(NAMES))
        first = self.browser.find_element(By.CSS_SELECTOR, ".card h3 bdi")
        self.assertEqual(first.text, NAMES[BAD])

    def test_every_decision_has_a_name_for_screen_readers(self):
        for control in self.browser.find_elements(By.CSS_SELECTOR, ".choices input"):
            self.assertIn(control.accessible_name, ("Keep", "Remove", "Recapture"))
        groups = [group.accessible_name for group in self.browser.find_elements(By.CSS_SELECTOR, ".choices")]
        self.assertEqual(sorted(groups), sorted("Decision for " + name for name in NAMES))

    def test_it_fits_a_phone_and_follows_dark_mode(self):
        self.assert_follows_dark_mode()
        self.show_on_a_phone()
        self.show_on_a_desk()

    def test_it_reads_without_scripts(self):
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        self.browser.get("file://" + self.page)
        self.assertFalse(self.browser.find_element(By.ID, "bar").is_displayed())
        self.assertTrue(self.browser.find_element(By.CSS_SELECTOR, "noscript p").is_displayed())
        self.assertTrue(self.card(NAMES[BAD]).find_element(By.CSS_SELECTOR, ".patch").is_displayed())
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


if __name__ == "__main__":
    harness.main(__doc__)
