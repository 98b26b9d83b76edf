"""Long calls: they can be stopped and watched, let other threads run, share what may be shared, and leave no memory behind."""

import os
import signal
import threading
import time

import numpy as np
import pytest

import purebank

RNG = np.random.default_rng(2)


def random_features(n=5, patches=16, dim=8):
    return RNG.normal(size=(n, patches, dim)).astype(np.float32)


def interrupt_soon(seconds=0.3):
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    return timer


def test_ctrl_c_ends_a_call_without_progress():
    rows = RNG.normal(size=(60_000, 256)).astype(np.float32)
    index = purebank.Index(rows)
    timer = interrupt_soon()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        for _ in range(1000):  # more than any machine does in the time that the test allows
            index.search(rows, 5)
    timer.join()
    assert time.monotonic() - begin < 20
    assert (index.search(rows[:3], 1)[1][:, 0] == [0, 1, 2]).all()
    bank = purebank.Bank.fit(random_features(), k=2)
    assert np.isfinite(bank.score(random_features())[0]).all()  # nobody is asked any more


def test_ctrl_c_ends_statistics():
    values = RNG.normal(size=100_000)
    for call in (lambda: purebank.statistics.bootstrap(values, draws=10_000_000), lambda: purebank.statistics.effect_size(values, values)):
        timer = interrupt_soon()
        begin = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            for _ in range(1000):
                call()
        timer.join()
        assert time.monotonic() - begin < 20


def test_ctrl_c_ends_what_sorts():
    values = RNG.normal(size=4_000_000)
    shares, labels = np.abs(np.tanh(values)), values > 0
    for call in (
        lambda: purebank.statistics.wilcoxon(values),
        lambda: purebank.statistics.holm(shares),
        lambda: purebank.metrics.roc(values, labels),
    ):
        begin = time.process_time()  # of processors: others may use the machine
        call()
        whole = time.process_time() - begin
        timer = interrupt_soon(0.1 * whole)
        begin = time.process_time()
        with pytest.raises(KeyboardInterrupt):
            for _ in range(1000):
                call()
        timer.join()
        assert time.process_time() - begin < 0.7 * whole


def test_ctrl_c_ends_a_call_with_progress():
    images = random_features(40, 256, 64)
    timer = interrupt_soon(0.1)
    with pytest.raises(KeyboardInterrupt):
        for _ in range(10_000):
            purebank.References(images).loo_scores(progress=lambda done, total: None)
    timer.join()


def test_handlers_of_ones_own_run_and_the_call_goes_on():
    seen = []
    before = signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
    try:
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1))
        timer.start()
        rows = RNG.normal(size=(20_000, 128)).astype(np.float32)
        indices = purebank.knn(rows, rows, 1)[1]
        timer.join()
        time.sleep(0.01)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert seen == [1] and (indices[:, 0] == np.arange(20_000)).all()


def test_progress_counts_to_its_total(dataset):
    seen = []
    purebank.Backbone().extract(dataset / "train/good", progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (10, 10)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    seen.clear()
    references = purebank.References(random_features(12))
    references.loo_scores(progress=lambda done, total: seen.append((done, total)))
    assert seen and seen[-1][0] == seen[-1][1]
    seen.clear()
    references.loo_scores(progress=lambda done, total: seen.append((done, total)))
    assert seen == []  # it is known already


def test_tqdm_bars_are_fed(dataset):
    class Bar:  # what a tqdm has of it
        n = total = 0

        def update(self, n):
            self.n += n

    bar = Bar()
    purebank.Backbone().extract(dataset / "train/good", progress=purebank.tqdm_progress(bar))
    assert bar.n == bar.total == 10


def test_an_exception_of_a_callback_ends_the_call_and_arrives(dataset):
    class Enough(Exception):
        pass

    def refuse(done, total):
        raise Enough(done)

    backbone = purebank.Backbone()
    with pytest.raises(Enough):
        backbone.extract(dataset / "train/good", progress=refuse)
    references = purebank.References(random_features(12))
    with pytest.raises(Enough):
        references.loo_scores(progress=refuse)
    with pytest.raises(TypeError):
        references.loo_scores(progress=lambda: None)
    assert len(backbone.extract(dataset / "train/good")) == 10
    assert (references.loo_scores() == purebank.References(references.features).loo_scores()).all()


def test_a_callback_may_not_use_what_is_at_work():
    references = purebank.References(random_features(12))
    with pytest.raises(purebank.BadArgumentError, match="at work"):
        references.loo_scores(progress=lambda done, total: references.loo_scores())
    other = random_features()
    references.loo_scores(progress=lambda done, total: purebank.audit(other))  # what is not, it may


def test_other_threads_run_during_a_call():
    rows = RNG.normal(size=(20_000, 128)).astype(np.float32)
    index = purebank.Index(rows)
    counted, stop = [0], threading.Event()

    def count():
        while not stop.is_set():
            counted[0] += 1
            time.sleep(0.0005)

    thread = threading.Thread(target=count)
    thread.start()
    time.sleep(0.05)
    before, begin = counted[0], time.monotonic()
    index.search(rows, 5)
    seconds, during = time.monotonic() - begin, counted[0] - before
    stop.set()
    thread.join()
    assert during > 5, f"{during} turns of the other thread in {seconds:.2f} s"


def test_threads_share_a_bank_and_an_index():
    features, parts = random_features(6), random_features(20)
    bank = purebank.Bank.fit(features, k=3)
    index = purebank.Index(features.reshape(-1, 8))
    references, backbone = purebank.References(features), purebank.Backbone()
    image = RNG.integers(0, 255, (64, 64, 3), np.uint8)
    expected = (
        bank.score(parts)[0].tobytes(),
        index.search(parts[0], 4)[1].tobytes(),
        references.loo_scores().tobytes(),
        backbone.extract([image]).array.tobytes(),
    )
    failures = []

    def work():
        for _ in range(10):
            found = (
                bank.score(parts)[0].tobytes(),
                index.search(parts[0], 4)[1].tobytes(),
                references.loo_scores().tobytes(),
                backbone.extract([image]).array.tobytes(),
            )
            if found != expected:
                failures.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_errors_of_threads_are_their_own():
    failures = []

    def work(name):
        for _ in range(50):
            try:
                purebank.audit(random_features(), name)
            except purebank.BadArgumentError as error:
                if name not in str(error):
                    failures.append(str(error))

    threads = [threading.Thread(target=work, args=(f"no_rule_{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_results_do_not_depend_on_threads():
    features, parts = random_features(6), random_features(3)
    found = []
    for n in (1, 2, 3):
        purebank.set_threads(n)
        assert purebank.threads() == n
        bank = purebank.Bank.fit(features, k=3, purify="loo_patch")
        found.append((bank.score(parts)[1].tobytes(), bank.threshold))
    purebank.set_threads(0)
    assert found[0] == found[1] == found[2]


def resident_bytes():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_memory_stays_flat_over_ten_thousand_calls(tmp_path):
    features, parts = random_features(4, 4, 6), random_features(2, 4, 6)
    bank = purebank.Bank.fit(features, k=2)
    bank.save(tmp_path / "x.bank")
    labels = [0, 1, 0, 1]
    purebank.set_threads(1)  # the calls are too small to share

    def calls(n):
        for i in range(n):
            bank.score(parts)
            purebank.knn(features[0], parts[0], 2)
            purebank.metrics.roc([0.1, 0.2, 0.3, 0.4], labels)
            if i % 5 == 0:
                fitted = purebank.Bank.fit(features, k=2, purify="loo_patch")
                fitted.diagnose(), fitted.references, fitted.describe(), fitted.audit.table()
                purebank.Bank.load(tmp_path / "x.bank").rows.sum()
                purebank.Features.from_array(features)[1:3].array.sum()
            if i % 5 == 1:
                for bad in (lambda: purebank.audit(features, "no"), lambda: purebank.Bank.load(tmp_path / "no")):
                    with pytest.raises(purebank.Error):
                        bad()

    calls(500)
    held, resident = purebank.memory()[0], resident_bytes()
    calls(2500)  # 4 and more calls each
    assert purebank.memory()[0] == held
    assert resident_bytes() - resident < 4 << 20
    purebank.set_threads(0)
