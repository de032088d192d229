"""Networks by shape: what goes in, what comes out, how far they see. None knows what a brightness temperature is."""
