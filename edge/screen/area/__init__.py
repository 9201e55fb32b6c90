"""Where on the screen the scan is and what shape it has. Only pixels tell it; a ruler is unknown here."""
