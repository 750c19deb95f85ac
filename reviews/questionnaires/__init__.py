"""What does a questionnaire that a vendor filled in say about the statements of a review? It is proposed, and confirms nothing."""
