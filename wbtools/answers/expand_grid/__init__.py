"""The cells of a grid."""
