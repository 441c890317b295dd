"""Enterprises 法人: bound by their legal representatives, acted for by them and by agents 经办人."""
