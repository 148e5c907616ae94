{
  # The flags are those that native/sources.txt asks for. One library per instruction set, so that only its files
  # carry its flags: the kernel picks at run time, and everything else must run on any CPU of the architecture.
  # -Wno-maybe-uninitialized: GCC 12 warns of its own AVX-512 header.
  "variables": {
    "avx512": ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-Wno-maybe-uninitialized", "-Wno-uninitialized"]
  },
  "target_defaults": {
    "include_dirs": ["../include"],
    "cflags!": ["-O2"],
    # No fused multiply-add: float sums are the same, bit for bit, in every build and instruction set.
    "cflags": ["-O3", "-ffp-contract=off", "-fvisibility=hidden"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": ["-std=c++20"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "GCC_OPTIMIZATION_LEVEL": "3",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
      "OTHER_CFLAGS": ["-ffp-contract=off"]
    },
    "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/std:c++20", "/fp:precise"] } }
  },
  "targets": [
    {
      "target_name": "franca_kernel",
      "type": "loadable_module",
      "sources": ["addon.cc", "arguments.cc", "index.cc", "calls.cc", "checkpoint.cc", "mapping.cc", "json.cc", "cached.cc", "jobs.cc", "pool.cc"],
      "defines": ["NAPI_VERSION=8"],
      # The C++ library throws when it can get no thread; the addon turns that into a status.
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti"],
      "ldflags": ["-pthread"],
      "xcode_settings": { "GCC_ENABLE_CPP_EXCEPTIONS": "YES" },
      "msvs_settings": { "VCCLCompilerTool": { "ExceptionHandling": 1 } },
      "dependencies": ["kernel"],
      "conditions": [
        ["target_arch=='x64'", {
          "dependencies": ["kernel_sse42", "kernel_avx2", "kernel_avx512", "kernel_avx512vnni"]
        }],
        ["target_arch=='arm64'", { "dependencies": ["kernel_neon"] }]
      ]
    },
    {
      "target_name": "kernel",
      "type": "static_library",
      "sources": ["<!@(node sources.mjs base)"],
      "cflags_cc": ["-fno-exceptions", "-fno-rtti"]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "kernel_sse42",
          "type": "static_library",
          "sources": ["<!@(node sources.mjs sse42)"],
          "cflags_cc": ["-fno-exceptions", "-fno-rtti", "-msse4.2"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-ffp-contract=off", "-msse4.2"] }
        },
        {
          "target_name": "kernel_avx2",
          "type": "static_library",
          "sources": ["<!@(node sources.mjs avx2)"],
          "cflags_cc": ["-fno-exceptions", "-fno-rtti", "-mavx2"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-ffp-contract=off", "-mavx2"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX2"] } }
        },
        {
          "target_name": "kernel_avx512",
          "type": "static_library",
          "sources": ["<!@(node sources.mjs avx512)"],
          "cflags_cc": ["-fno-exceptions", "-fno-rtti", "<@(avx512)"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-ffp-contract=off", "<@(avx512)"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } }
        },
        {
          "target_name": "kernel_avx512vnni",
          "type": "static_library",
          "sources": ["<!@(node sources.mjs avx512vnni)"],
          "cflags_cc": ["-fno-exceptions", "-fno-rtti", "<@(avx512)", "-mavx512vnni"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-ffp-contract=off", "<@(avx512)", "-mavx512vnni"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } }
        }
      ]
    }],
    ["target_arch=='arm64'", {
      "targets": [
        {
          "target_name": "kernel_neon",
          "type": "static_library",
          "sources": ["<!@(node sources.mjs neon)"],
          "cflags_cc": ["-fno-exceptions", "-fno-rtti"]
        }
      ]
    }]
  ]
}
