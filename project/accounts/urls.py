from django.urls import include, path

from project.accounts import views

app_name = "accounts"
urlpatterns = [
    path("proposals/", views.proposals, name="proposals"),
    path("proposals/<uuid:proposal_id>/approve/", views.approve_proposal, name="proposal-approve"),
    path("proposals/<uuid:proposal_id>/decline/", views.decline_proposal, name="proposal-decline"),
    path("proposals/<uuid:proposal_id>/withdraw/", views.withdraw_proposal, name="proposal-withdraw"),
]
allauth_urls = [
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
]
