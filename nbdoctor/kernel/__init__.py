"""What runs inside the user's kernel. Needs the standard library and IPython, nothing else.

`extension` wires; `capture` makes a Report of an error; `namespace` looks at live objects; `outgoing` redacts and bounds what
leaves; `bridge` answers the server over a comm; `magics` and `local` serve front ends that have no card.
"""
