"""Every path of the product, by room."""

from django.contrib.auth import views as auth
from django.urls import URLPattern, URLResolver, include, path

from siop.accounts import views as accounts
from siop.accounts.access import signed_in
from siop.web.views import healthz

handler500 = "siop.web.views.errors.failed"
urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("login/", accounts.sign_in, name="login"),
    path("logout/", accounts.sign_out, name="logout"),
    path("password/", signed_in(auth.PasswordChangeView.as_view()), name="password_change"),
    path("password/done/", signed_in(auth.PasswordChangeDoneView.as_view()), name="password_change_done"),
    path("demand/", include("forecasting.urls")),
    path("supply/", include("supply.urls")),
    path("data/", include("siop.gather.urls")),
    path("web/", include("siop.web.urls")),
    path("settings/", include("siop.accounts.urls")),
    path("settings/", include("supply.settings_urls")),
    path("api/v1/", include("siop.web.api")),
    path("", include("meetings.urls")),  # last: its paths are all tried, for all of them may begin so
]
