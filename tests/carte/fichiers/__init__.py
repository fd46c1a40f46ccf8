"""Files of every kind, generated: what each is, which door it knocks at, and what the portal must answer."""
