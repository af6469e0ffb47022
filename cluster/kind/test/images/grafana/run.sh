#!/bin/sh
exec node /run.js
