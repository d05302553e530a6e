// The reference implementation of a metrics API server, with its own in-memory metrics. The program that comes with the
// library listens for values on port 8080 of every address; here the address is a flag, so that tests keep to loopback
// and to ports that are free. All else is the library's.
package main

import (
	"context"
	"net/http"
	"os"
	"time"

	"github.com/emicklei/go-restful/v3"
	"k8s.io/component-base/metrics/legacyregistry"
	"k8s.io/klog/v2"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/apiserver/metrics"
	"sigs.k8s.io/custom-metrics-apiserver/pkg/cmd"
	"sigs.k8s.io/custom-metrics-apiserver/test-adapter/provider"
)

func main() {
	adapter := &cmd.AdapterBase{Name: "reference-adapter"}
	values := adapter.Flags().String("values-address", "127.0.0.1:0", "where POST /write-metrics/... sets a value")
	check(adapter.Flags().Parse(os.Args))

	client, err := adapter.DynamicClient()
	check(err)
	mapper, err := adapter.RESTMapper()
	check(err)
	metricsProvider, valueRoutes := provider.NewFakeProvider(client, mapper)
	adapter.WithCustomMetrics(metricsProvider)
	adapter.WithExternalMetrics(metricsProvider)
	check(metrics.RegisterMetrics(legacyregistry.Register))

	routes := restful.NewContainer()
	routes.Add(valueRoutes)
	server := &http.Server{Addr: *values, Handler: routes, ReadHeaderTimeout: 3 * time.Second}
	go func() { check(server.ListenAndServe()) }()

	check(adapter.Run(context.Background()))
}

func check(err error) {
	if err != nil {
		klog.Fatal(err)
	}
}
