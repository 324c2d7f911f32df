import numpy as np
import pytest

from forecasting.engine.pool import UNPROVEN
from forecasting.engine.trust import PRIOR_TRIALS, learned_trust


def missed_by(*losses, trials=400):
    return np.ones((4, 6, trials)) * np.reshape(losses, (4, 1, 1))


def trust_of(missed):
    return learned_trust(missed, np.ones(missed.shape[1:], dtype=bool))


def test_without_evidence_three_members_share_and_the_line_has_nothing():
    assert learned_trust(np.full((4, 6, 5), np.nan), np.ones((6, 5), dtype=bool)) == pytest.approx(UNPROVEN)
    assert learned_trust(np.ones((4, 6, 5)), np.zeros((6, 5), dtype=bool)) == pytest.approx(UNPROVEN)


def test_trust_falls_with_the_twelfth_power_of_the_loss_and_with_the_fourth_for_the_line():
    share = np.array([1.1**-12, 1.0, 1.0, 1.1**-4])
    expected = (400 * share / share.sum() + PRIOR_TRIALS * UNPROVEN) / (400 + PRIOR_TRIALS)
    assert trust_of(missed_by(1.1, 1.0, 1.0, 1.1)) == pytest.approx(expected)


def test_trust_adds_up_to_one_and_few_trials_move_it_little():
    few, many = (trust_of(missed_by(2.0, 1.0, 1.0, 0.9, trials=trials)) for trials in (2, 2000))
    assert few.sum() == pytest.approx(1)
    assert many.sum() == pytest.approx(1)
    assert few[0] > 0.3
    assert many[0] < 0.01


def test_perfect_forecasts_are_trusted_alike():
    assert trust_of(missed_by(0, 0, 0, 1.0, trials=10_000))[:3] == pytest.approx(np.full(3, 1 / 3), abs=1e-3)
