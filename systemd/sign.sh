#!/bin/sh
# Signs files: beside each a NAME.p7s, a detached CMS signature as RAUC's bundles carry, which `tuffier flash` and anybody with openssl can check.
# usage: systemd/sign.sh KEY CERTIFICATE FILE...
# A site makes both once, keeps the key off every board, and puts the certificate on each as /etc/tuffier/release.pem:
#   openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj "/CN=our site" -keyout site.key -out site.pem
# Check: openssl cms -verify -binary -inform DER -in NAME.p7s -content NAME -CAfile site.pem -no-CApath -no-CAstore -purpose any -out /dev/null
set -eu
key=${1:?usage: systemd/sign.sh KEY CERTIFICATE FILE...} certificate=${2:?} && shift 2
for file; do
  # no signed time: with an RSA key the same file gives the same bytes
  openssl cms -sign -binary -noattr -md sha256 -signer "$certificate" -inkey "$key" -outform DER -in "$file" -out "$file.p7s.new"
  mv "$file.p7s.new" "$file.p7s"
done
