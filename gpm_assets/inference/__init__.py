"""Swath to pseudo-GMI swath to rain: channel order, windows, flags."""
