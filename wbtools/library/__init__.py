"""The library's door: what `import wbtools` offers, in the words of the command line.

A function is a command: its keywords are the command's options, and it calls the same function of
`app`. It gives the answer as an object, prints nothing, and changes nothing on W&B; what cannot be
answered raises the error that the command line prints, a `wbtools.WbtoolsError` with its `message`
and its `hint`. How an answer is laid out, and where it is written, is left to the caller: there is
no `output`, `format`, `limit` or `color`.

What an answer shows (its page, `to_dict`, `to_frame` and the other forms) is masked as on the
command line, unless `show_secrets=True` is passed. Its attributes are data, and nothing in them is
masked: what is printed, written or sent on from them is the caller's.
"""
