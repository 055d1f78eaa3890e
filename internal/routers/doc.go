// Package routers shows a guard of package rbachttp below chi, echo and gin. It is a
// module of its own, so that no program that imports the library gets a router.
//
// The handler of a guard is mounted as it is, at the prefix that its patterns have. The
// router adds its middleware. The guard routes by itself, so a router that reads a path
// in another way than net/http cannot reach an action that was not checked.
package routers
