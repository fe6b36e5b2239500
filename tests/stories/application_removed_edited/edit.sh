# An edit in a file that the architecture will have no more.
echo "# mine" >> apps/web/lib/web/front.ex
