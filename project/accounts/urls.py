from django.urls import include, path

from project.accounts import account_views, oidc, views

app_name = "accounts"
urlpatterns = [
    path("proposals/", views.proposals, name="proposals"),
    path("proposals/<uuid:proposal_id>/approve/", views.approve_proposal, name="proposal-approve"),
    path("proposals/<uuid:proposal_id>/decline/", views.decline_proposal, name="proposal-decline"),
    path("proposals/<uuid:proposal_id>/withdraw/", views.withdraw_proposal, name="proposal-withdraw"),
    path("sign-ins/", account_views.sign_ins, name="sign-ins"),
    path("sign-ins/end-others/", account_views.sign_ins_end_others, name="sign-ins-end-others"),
    path("sign-ins/end-all/", account_views.sign_ins_end_all, name="sign-ins-end-all"),
    path("sign-ins/<uuid:handle>/end/", account_views.sign_in_end, name="sign-in-end"),
    path("tokens/<slug:digest>/withdraw/", account_views.token_withdraw, name="token-withdraw"),
    path("texts/", account_views.all_texts, name="texts"),
    path("texts/new/", account_views.text_new, name="text-new"),
    path("texts/publish/", account_views.text_publish, name="text-publish"),
    path("texts/<uuid:text_id>/", account_views.text, name="text"),
    path("texts/<uuid:text_id>/file/", account_views.text_file, name="text-file"),
    path("texts/<uuid:text_id>/acknowledge/", account_views.text_acknowledge, name="text-acknowledge"),
]
allauth_urls = [
    path("accounts/email/", views.own_address, name="account_email"),  # before allauth's, which would let it be changed
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/oidc/<slug:provider_id>/login/", oidc.login, name="openid_connect_login"),
    path("accounts/oidc/<slug:provider_id>/login/callback/", oidc.callback, name="openid_connect_callback"),
    path("accounts/3rdparty/", include("allauth.socialaccount.urls")),
]
