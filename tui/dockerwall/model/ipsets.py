"""Ipsets as `ipset save` prints them."""

from dockerwall.model.value import value


@value
class IpSet:
    """One set: its type, options and elements, in the words of ipset(8)."""

    name: str
    type: str
    """Such as `hash:net,port`."""
    options: tuple[tuple[str, str], ...]
    """What followed the type in `create`, flags with an empty value: (`family`, `inet`), ..."""
    entries: tuple[str, ...]
    """What followed the name in each `add`: `10.0.0.0/8,tcp:80 timeout 30 nomatch`."""

    def option(self, name: str) -> str | None:
        """The value of one `create` option, None if it is absent."""
        return next((value for key, value in self.options if key == name), None)
