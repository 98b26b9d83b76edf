#!/usr/bin/env python3
"""The station's page in headless Chromium, against a station that runs: a part arrives and Live shows it, a person reviews, sets the
threshold, mends the bank, goes back, and exports; names that look like markup stay names.

    test_station.py PROGRAM      exit status 77: Chromium, its driver or Selenium is not installed, or the program has no station
"""
import csv
import glob
import json
import os
import re
import subprocess
import sys
import time
import unittest
import urllib.request

import harness

# Without Selenium nothing runs: harness.main() says so.
try:
    from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select
except ImportError:
    pass

PATIENCE = 15  # seconds: for a machine that does much else
N_REFERENCES = 8
MARKUP = "<img src=x onerror=\"document.title='owned'\">"
SECTIONS = ("live", "parts", "review", "bank", "health")


class Station(harness.PageTest):
    @classmethod
    def make_pages(cls):
        os.mkdir(cls.path("references"))
        for i in range(N_REFERENCES):
            harness.write_plate(cls.path("references", f"{i}.png"), i)
        harness.run("fit", cls.path("references"), "-o", cls.path("plate.bank"))
        harness.run("station", "init", cls.path("line 1"), "--product", "plate", "--bank", cls.path("plate.bank"))
        with open(cls.path("log"), "wb") as log:
            cls.server = subprocess.Popen([harness.PROGRAM, "serve", cls.path("line 1"), "--listen", "127.0.0.1:0"],
                                          stdout=log, stderr=subprocess.STDOUT)
        cls.addClassCleanup(cls.stop)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = re.search(r"http://127\.0\.0\.1:\d+", cls.log())
            if found:
                cls.address = found.group()
                return
            time.sleep(0.05)
        raise AssertionError("the station did not say its address: " + cls.log())

    @classmethod
    def log(cls):
        with open(cls.path("log"), encoding="utf-8") as file:
            return file.read()

    @classmethod
    def stop(cls):
        cls.server.terminate()
        if cls.server.wait(PATIENCE) != 0:
            raise AssertionError(f"the station ended with {cls.server.returncode}: {cls.log()}")

    def setUp(self):
        self.browser.get("about:blank")
        self.browser.get_log("browser")

    # ---- the station, beside the page

    def ask(self, path, method="GET", body=None, **headers):
        request = urllib.request.Request(self.address + "/api/v1/" + path, data=body, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def post(self, part, seed, blot=0, area=0, lot=""):
        photo = self.path(f"{part}.png")
        harness.write_plate(photo, seed, blot, area)
        with open(photo, "rb") as file:
            return self.ask("products/plate/parts", "POST", file.read(), **{
                "Content-Type": "image/png", "X-Part-Id": part, "X-Lot": urllib.parse.quote(lot)})

    def say(self, part, label):
        self.ask(f"parts/{part}/review", "POST", json.dumps({"label": label, "by": "a test"}).encode(), **{"Content-Type": "application/json"})

    def active(self):
        return self.ask("products")["products"][0]["active"]

    def newest(self):
        return self.ask("products/plate/banks")["versions"][0]["version"]

    def activate(self, version):
        self.ask("products/plate/active", "POST", json.dumps({"version": version, "by": "a test", "reason": ""}).encode(),
                 **{"Content-Type": "application/json"})

    # ---- the page

    def open(self, section):
        self.browser.get("about:blank")
        self.browser.get(f"{self.address}/#{section}")

    def until(self, what, condition):
        """Waits for a condition on a page that may be drawn anew at any moment."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                value = condition()
                if value:
                    return value
            except (NoSuchElementException, StaleElementReferenceException):
                pass
            time.sleep(0.05)
        raise AssertionError(f"{what}: not within {PATIENCE} s; the page says:\n{self.text('body')}")

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.one(selector).text

    def wait_for(self, selector, text=""):
        return self.until(f"{selector} with {text!r}",
                          lambda: next((e for e in self.all(selector) if text in e.text and e.is_displayed()), None))

    def press(self, selector, text=""):
        button = self.wait_for(selector, text)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", button)
        button.click()

    def write(self, selector, text):
        field = self.wait_for(selector)
        field.clear()
        field.send_keys(text)

    def sign(self, reason):
        """Who and why, and the click that makes a change."""
        self.write(".offer .who", "m. huber")
        self.write(".offer .reason-field", reason)
        self.press(".offer .apply")
        self.wait_for(".offer h2", "judges from now on")

    def roll_back(self, version):
        """In the list of versions."""
        entry = self.wait_for(".version", f"Version {version}\n")
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", entry)
        entry.find_element(By.CSS_SELECTOR, "button").click()
        self.write(".version .who", "m. huber")
        self.press(".version .primary")
        self.wait_for(".version.active", f"Version {version}\n")
        self.assertEqual(self.active(), version)

    def counters(self):
        return [int(text) for text in self.browser.execute_script(
            "return [...document.querySelectorAll('.counter dd')].map((dd) => dd.firstChild.textContent)")]

    def type_key(self, key):
        ActionChains(self.browser).send_keys(key).perform()

    # ---- what a person sees

    def test_a_part_arrives_and_live_shows_it(self):
        self.post("early", 100)
        self.open("live")
        self.wait_for(".verdict-panel.ok .part-name", "early")
        before = self.counters()
        self.assertEqual(self.post("good-one", 101)["verdict"], "ok")
        self.wait_for(".verdict-panel.ok .part-name", "good-one")
        self.assertEqual(self.text(".verdict strong"), "OK")
        self.assertEqual(self.post("bad-one", 102, blot=110, area=900)["verdict"], "ng")
        self.wait_for(".verdict-panel.ng .part-name", "bad-one")
        self.assertEqual(self.text(".verdict strong"), "NG")
        self.assertEqual(self.counters(), [before[0] + 1, before[1] + 1, before[2]])
        self.assertIn("bad-one", self.one(".tiles .tile").get_attribute("href"))
        self.until("photo and heatmap", lambda: self.browser.execute_script(
            "return [...document.querySelectorAll('.live-picture img')].map((i) => i.naturalWidth)") == [112, 112])
        self.press(".hold")
        self.post("unseen", 103)
        self.wait_for(".hold", "1 more")
        self.assertEqual(self.text(".part-name"), "bad-one")
        self.press(".hold")
        self.wait_for(".verdict-panel .part-name", "unseen")

    def test_names_are_names(self):
        self.post("marked", 110, blot=110, area=900, lot=MARKUP)
        for section in ("live", "parts?lot=" + urllib.parse.quote(MARKUP), "part/marked", "review"):
            self.open(section)
            self.until(section, lambda: "onerror" in self.text("main"))
            self.assertIn(MARKUP, self.text("main"), section)
            self.assertEqual(self.all("img[src=x]"), [], section)
            self.assertNotIn("owned", self.browser.title, section)

    def test_a_person_reviews_by_keys(self):
        self.post("to-review", 120, blot=110, area=900)
        self.open("live")
        self.browser.execute_script("sessionStorage.clear()")  # nobody has said a name yet
        self.open("review")
        self.until("the queue", lambda: self.all(".review-stage .viewer"))
        self.type_key("g")  # without a name nothing is said
        self.wait_for(".review-bar .wrong", "name")
        self.write(".title .who", "m. huber\n")
        first = self.text(".review-stage aside a")
        self.type_key("d")
        self.until("the next part", lambda: not self.all(".review-stage aside a") or self.text(".review-stage aside a") != first)
        review = self.ask("parts/" + first)["review"]
        self.assertEqual((review["label"], review["by"]), ("defect", "m. huber"))
        self.type_key("z")
        self.until("the part again", lambda: self.text(".review-stage aside a") == first)
        self.type_key("d")
        self.until("the next part, said again", lambda: not self.all(".review-stage aside a") or self.text(".review-stage aside a") != first)
        if self.all(".review-stage aside a"):  # what was put off comes back before what was said
            put_off = self.text(".review-stage aside a")
            self.type_key("l")
            self.until("another", lambda: not self.all(".review-stage aside a") or self.text(".review-stage aside a") != put_off)
            self.type_key("z")
            self.until("what was put off", lambda: self.all(".review-stage aside a") and self.text(".review-stage aside a") == put_off)
            self.assertEqual(self.ask("parts/" + first)["review"]["label"], "defect")
        self.type_key("z")
        self.until("the part once more", lambda: self.all(".review-stage aside a") and self.text(".review-stage aside a") == first)
        self.assertIsNone(self.ask("parts/" + first)["review"])

    def test_filters_pages_and_export(self):
        for i in range(55):
            self.post(f"many-{i}", 200 + i % 5, lot="lot 7")
        self.post("many-ng", 210, blot=110, area=900, lot="lot 7")
        self.open("parts?lot=lot+7")
        self.wait_for(".found", "56 parts, 50 shown")
        self.press("main > button", "Older parts")
        self.wait_for(".found", "56 parts, 56 shown")
        names = [e.text for e in self.all(".c-id a")]
        self.assertEqual(len(set(names)), 56)
        self.assertEqual(names[0], "many-ng")
        Select(self.one("select[name=verdict]")).select_by_value("ng")
        self.wait_for(".found", "1 part, 1 shown")
        self.press(".table-head .button", "CSV")
        path = self.until("the export", lambda: glob.glob(self.path("parts*.csv")))[0]
        self.until("the export's end", lambda: os.path.getsize(path) > 0)
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([(row["id"], row["verdict"], row["lot"]) for row in rows], [("many-ng", "ng", "lot 7")])

    def test_calibrate_then_roll_back(self):
        for i in range(6):
            self.say(self.post(f"verified-{i}", 300 + i)["id"], "good")
        self.say(self.post("known-defect", 310, blot=110, area=900)["id"], "defect")
        before, made = self.active(), self.newest() + 1
        first = self.post("before", 320)
        self.open("bank")
        self.write("#calibration input", "0,001")
        self.press("#calibration button")
        self.wait_for("#calibration .wrong", "from 0.01 to 50")
        self.write("#calibration input", "12,5")
        self.press("#calibration button")
        self.wait_for(".offer .change", "12.5 %")
        self.write("#calibration input", "20")
        self.press("#calibration button")
        self.wait_for(".offer h2", "What it would do")
        self.assertIn("of 1 (", self.text(".trade"))
        self.assertEqual(self.active(), before)  # nothing without a click
        self.press(".offer .apply")
        self.wait_for(".offer .wrong")           # nor without a name and a reason
        self.sign("enough parts were looked at")
        self.assertEqual(self.active(), made)
        self.wait_for(".version.active", "enough parts were looked at")
        changed = self.post("after", 320)
        self.assertEqual((changed["bank"], changed["score"]), (made, first["score"]))
        self.assertNotEqual(changed["threshold"], first["threshold"])
        self.roll_back(before)
        self.assertEqual(self.post("again", 320)["threshold"], first["threshold"])

    def test_a_false_alarm_becomes_a_reference(self):
        alarm = self.post("alarm", 400, blot=30, area=300)
        self.assertEqual(alarm["verdict"], "ng")
        self.assertEqual(self.post("like-it", 402, blot=30, area=300)["verdict"], "ng")
        before, made = self.active(), self.newest() + 1
        self.open("part/alarm")
        self.wait_for(".patches .patch-row")
        self.press(".button", "False alarm")
        self.wait_for(".offer h2", "What it would do")
        self.assertIn("audit", self.text(".offer").lower())
        self.assertRegex(self.text(".offer"), r"This part\s+NG")
        self.assertEqual(self.active(), before)
        self.assertIn("The audit flags it", self.text(".audit"))
        self.write(".offer .who", "m. huber")
        self.write(".offer .reason-field", "a reflection")
        self.press(".offer .apply")
        self.wait_for(".offer .wrong", "say first that you are sure")
        self.assertEqual(self.active(), before)
        self.one(".sure input").click()
        self.sign("a reflection")
        self.assertEqual(self.active(), made)
        # The bank is that of a fit from the start.
        harness.run("fit", self.path("references"), self.path("alarm.png"), "-o", self.path("fitted.bank"))
        fitted = json.loads(harness.run("info", self.path("fitted.bank"), "--json", "-"))["threshold"]
        mended = self.ask(f"products/plate/banks/{made}")["version"]["threshold"]
        self.assertEqual((mended["value"], mended["n"]), (fitted["value"], fitted["n"]))
        again = self.post("alarm-again", 401, blot=30, area=300)
        self.assertEqual(again["verdict"], "ok", again)
        self.press(".button", "Back to the part")
        self.wait_for(".by-now", f"It is a reference of bank version {made}")
        self.open("part/like-it")
        self.wait_for(".by-now", f"By bank version {made}")
        self.assertRegex(self.text(".by-now"), r"OK\s+score")
        self.open(f"bank/plate/{made}")
        self.wait_for(".bank-detail h3", f"{N_REFERENCES + 1} references")
        self.roll_back(before)
        self.assertEqual(self.post("alarm-back", 401, blot=30, area=300)["verdict"], "ng")

    def test_a_missed_defect_is_traced(self):
        self.post("missed", 500)
        before, made = self.active(), self.newest() + 1
        self.open("mend/missed/missed")
        self.wait_for(".suspects strong", ".png")
        view = self.one(".viewer")
        ActionChains(self.browser).move_to_element_with_offset(view, -40, -40).click_and_hold().move_by_offset(60, 60).release().perform()
        self.wait_for("h2", "the marked place")
        self.press("button", "Look at the worst patches")
        self.wait_for("h2", "its worst patches")
        view.send_keys("b", *[Keys.ARROW_LEFT] * 5, Keys.SHIFT, *[Keys.ARROW_DOWN] * 3, Keys.NULL)
        marked = lambda: [float(self.browser.execute_script(f"return parseFloat(document.querySelector('.mark').style.{edge})"))
                          for edge in ("left", "top", "width", "height")]
        left, top, width, height = marked()
        self.assertTrue(left < 37 and top == 37.5 and width == 25 and height > 25, marked())
        view.send_keys(Keys.ENTER)
        self.wait_for("h2", "the marked place")
        self.press("button", "Without these")
        self.wait_for(".offer h2", "What it would do")
        self.assertIn("descriptors leave", self.text(".offer"))
        self.press(".suspects button", "Without this reference")
        self.until("the other preview", lambda: "reference" in self.text(".offer p"))
        self.assertEqual(self.active(), before)  # all of this was only looked at
        self.sign("it shows the defect")
        self.assertEqual(self.active(), made)
        # What else may go is numbered by the version that judges now, and asked of it.
        self.until("the evidence of the new version", lambda: f"By bank version {made}:" in self.text("main"))
        self.assertIn(f"Version {made} judges from now on", self.text("main"))
        references = {version: self.ask(f"products/plate/banks/{version}")["version"]["references"] for version in (before, made)}
        self.assertEqual(references[made], references[before] - 1)
        self.activate(before)

    def test_a_version_is_activated_by_keys(self):
        before = self.active()
        other = next(version["version"] for version in self.ask("products/plate/banks")["versions"] if version["version"] != before)
        self.open("bank")
        self.browser.execute_script("sessionStorage.removeItem('purebank-name')")
        ask = self.until("the version", lambda: next(
            (entry.find_element(By.TAG_NAME, "button") for entry in self.browser.find_elements(By.CSS_SELECTOR, ".version")
             if entry.find_element(By.TAG_NAME, "strong").text == f"Version {other}"), None))
        focused = lambda: self.browser.switch_to.active_element
        ask.send_keys(Keys.ENTER)
        self.until("the name", lambda: "who" in (focused().get_attribute("class") or ""))
        focused().send_keys(Keys.ESCAPE)
        self.until("the button again", lambda: focused().text == "Activate")
        self.assertEqual(self.active(), before)
        focused().send_keys(Keys.ENTER)
        self.until("the name", lambda: "who" in (focused().get_attribute("class") or ""))
        focused().send_keys("k. wolf", Keys.ENTER)
        self.until("the reason", lambda: focused().get_attribute("placeholder") == "why")
        self.assertEqual(self.active(), before)
        focused().send_keys("by keys alone", Keys.ENTER)
        self.until("the activation", lambda: self.active() == other)
        self.until("the focus", lambda: focused().text == f"Version {other}" and focused().tag_name == "a")
        self.activate(before)

    def test_every_section_fits_every_screen(self):
        self.post("fits", 600, lot="L" * 150)
        for width, height in ((400, 800), (1920, 1080)):
            self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                         {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 640})
            for section in (*SECTIONS, "part/fits", "mend/fits/missed"):
                self.open(section)
                self.until(section, lambda: self.all("main h1") and not self.all("main > .loading"))
                self.assertLessEqual(self.browser.execute_script("return document.documentElement.scrollWidth"), width, section)
        self.show_on_a_desk()
        self.assert_follows_dark_mode()
        sources = self.browser.execute_script("return performance.getEntriesByType('resource').map((r) => r.name)")
        self.assertEqual([source for source in sources if not source.startswith(self.address)], [])


if __name__ == "__main__":
    if len(sys.argv) == 2 and subprocess.run([os.path.abspath(sys.argv[1]), "serve", "--help"], capture_output=True,
                                             check=False).returncode != 0:
        print("skipped: this program was built without a station")
        sys.exit(harness.SKIPPED)
    harness.main(__doc__)
