"""Products from a file, and into one: docs/imports.md tells the owner's side and how the job works.

`sniffing` and `records` read bytes, `columns` and `rows` say what a row means, `decide` compares it with the market;
none of them knows a database. `commands` and `steps` are the job: what a person starts, and the batches that it is made of.
"""
