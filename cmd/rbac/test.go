package main

var testCommand = &command{name: "test", run: func(c *call) (int, error) { return unusable, nil }}
