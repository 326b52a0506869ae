"""Does it predict: a contest that any forecaster can enter, and the forecasts that all must beat."""
