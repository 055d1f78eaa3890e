// gitlab-ci-local calls Set.prototype.union, which Node 20 does not have yet.
Set.prototype.union ??= function (other) { return new Set([...this, ...other]); };
