"""Additive scores and what follows from them: block bootstrap, the leaderboard, the gate for champions; and figures."""
