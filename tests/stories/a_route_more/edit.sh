# A line of our own in the router, to which the architecture adds a route.
printf '# mine\n' >> apps/web/lib/web/front_router.ex
