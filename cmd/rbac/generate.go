package main

var generateCommand = &command{name: "gen", run: func(c *call) (int, error) { return unusable, nil }}
