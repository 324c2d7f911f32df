from meetings.selectors.trends import changed


def test_a_change_too_small_to_be_seen_has_no_sign_and_is_neither_good_nor_bad() -> None:
    assert changed("turns", 2.92, 2.91) == ("0.0", "")
    assert changed("fill_rate", 0.9921, 0.9925) == ("0.0 pts", "")


def test_a_change_is_good_or_bad_by_the_figure_it_changes() -> None:
    assert changed("turns", 3.2, 2.9) == ("+0.3", "good")
    assert changed("fill_rate", 0.95, 0.97) == ("−2.0 pts", "bad")
    assert changed("bias", 0.02, -0.05) == ("+7.0 pts", "good")
