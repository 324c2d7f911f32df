import numpy as np

from forecasting.engine.arrays import History
from forecasting.engine.trials import LONG, SHORT, YOUNG, find_trials


def trials(lengths, kind):
    lengths = np.array(lengths)
    history = History(values=np.ones((int(lengths.max()), len(lengths))), length=lengths)
    return find_trials(history, np.full(len(lengths), kind), season=12)


def test_eight_months_are_tried_at_four():
    found = trials([8] * 60, YOUNG)
    assert (set(found.back.tolist()), len(found.back)) == ({4}, 60)


def test_fifteen_months_are_tried_at_half_and_where_one_and_a_half_months_of_the_second_year_were_known():
    found = trials([15] * 60, SHORT)
    assert set(found.back.tolist()) == {7, 3, 2}


def test_two_years_are_tried_at_one_and_at_one_and_a_half():
    assert set(trials([24] * 60, SHORT).back.tolist()) == {12, 6}


def test_longer_series_cut_short_stand_in_where_none_are_young():
    found = trials([48] * 30, LONG)
    stand_ins = found.kind != LONG
    assert set(zip(found.kind[stand_ins].tolist(), found.most[stand_ins].tolist(), strict=True)) == {
        (YOUNG, 6),
        (SHORT, 18),
    }
    assert set(found.back[stand_ins].tolist()) == {12}


def test_a_trial_sees_nothing_of_what_came_after_it():
    history = History(values=np.arange(24.0)[:, None] * np.ones((1, 60)), length=np.full(60, 24))
    found = find_trials(history, np.full(60, SHORT), season=12)
    past = found.past(history)
    assert (past.values[-1] == 23 - found.back).all()
    assert (past.length == 24 - found.back).all()
