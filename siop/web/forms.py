from django import forms

PLACE = r"^[a-z][a-z-]{1,30}:.{1,250}$"


class CommentForm(forms.Form):
    """A remark at a place; the text is plain and never rendered as anything else."""

    place = forms.RegexField(PLACE, max_length=300, widget=forms.HiddenInput)
    month = forms.DateField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(
        label="Comment",
        max_length=2000,
        error_messages={"required": "Write the comment first."},
        widget=forms.Textarea(attrs={"rows": 2, "class": "field", "placeholder": "Write a comment"}),
    )
