from tests.rooms.cast import member, post, room

__all__ = ["member", "post", "room"]
