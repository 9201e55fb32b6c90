"""How many millimetres a pixel is: marks, their labels and what is printed. A unit that two witnesses tell differently is none."""
