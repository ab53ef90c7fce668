"""Tests of planning the next sweep."""
