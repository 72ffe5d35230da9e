"""The screens: the views of a host, and the pages that come over them."""
