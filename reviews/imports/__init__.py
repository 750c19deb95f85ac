"""How does a sheet that somebody brings become changes of a review? It is read, shown as a plan, and applied or not.

`bring` takes the file; a worker (`reading`) reads it, guesses its columns (`headings`), finds the item of each row
(`matching`), understands its cells (`values`, `people`) and writes the plan (`plan`); a person corrects guesses and says
what is wanted (`choosing`); `applying` does all of that or nothing.
"""
