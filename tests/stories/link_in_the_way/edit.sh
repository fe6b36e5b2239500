# The user has a link where otpgen had a file.
mkdir shared
mv apps/core/lib/core/store.ex shared/
ln -s ../../../../shared/store.ex apps/core/lib/core/store.ex
