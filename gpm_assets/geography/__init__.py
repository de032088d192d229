"""Where on Earth: land, coastlines, climate zones, seasons and local time, in one place for masks, strata and maps."""
