package main

import (
	"encoding/json"
	"os"

	"github.com/miniprogram-platform/rbac"
)

// loadPolicy returns the platform's roles with what the file adds to them; no
// path adds nothing.
func loadPolicy(path string) (*rbac.Policy, error) {
	if path == "" {
		return rbac.Default(), nil
	}
	document, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var spec rbac.Spec
	if err := json.Unmarshal(document, &spec); err != nil {
		return nil, err
	}
	return rbac.New(rbac.Defaults(), spec)
}

// reload puts the policy in force that the file has now. If anything is wrong
// with it, the policy in force stays.
func reload(guard *Guard, path string) error {
	policy, err := loadPolicy(path)
	if err != nil {
		return err
	}
	if err := guard.Swap(policy); err != nil {
		return err
	}
	guard.log.Info("another policy is in force", "policy", policy.Fingerprint())
	return nil
}
