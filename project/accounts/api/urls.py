from django.urls import path

from project.accounts.api import scim

urlpatterns = [
    path("scim/v2/Users", scim.users, name="scim-users"),
    path("scim/v2/Users/<uuid:user_id>", scim.user, name="scim-user"),
]
