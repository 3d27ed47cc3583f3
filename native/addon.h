// The classes that JavaScript gets.
#pragma once

#include <napi.h>

Napi::Function DefineDecoder(Napi::Env env);
Napi::Function DefineHash(Napi::Env env);
