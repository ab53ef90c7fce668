"""What tests of figures read from figures."""


def marks_of(data, *types, panel=0):
    return [mark for mark in data.panels[panel].marks if isinstance(mark, types)]
