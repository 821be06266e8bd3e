"""The people of the provider: address and whether the provider has confirmed it."""

PASSWORD = "the provider's own password"
SECRET = "the secret that both sides know"
PEOPLE = {
    "new@earshot.example": True,
    "reviewer@earshot.example": True,
    "supervisor@earshot.example": True,
    "unconfirmed@earshot.example": False,
}
